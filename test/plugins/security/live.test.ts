import { once } from 'node:events'
import t, { type Test } from 'tap'
import { io } from 'socket.io-client'
import { WebSocket } from 'ws'
import { serve, until } from '../../helper.ts'

const API_TOKEN = '0123456789abcdef'
const READ_TOKEN = 'fedcba9876543210'

/** How a Socket.IO handshake ends: `connected`, or with what it was refused. */
function handshake(t: Test, url: string, options: object): Promise<string> {
  const socket = io(url, {
    path: '/socket/io',
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    ...options
  })
  t.teardown(() => void socket.disconnect())
  return new Promise((resolve) => {
    socket.on('connect', () => resolve('connected'))
    socket.on('connect_error', (error) => resolve(error.message))
  })
}

/** How a WebSocket handshake ends: the status, 101 when it opens. */
function upgrade(t: Test, url: string, headers: object): Promise<number | undefined> {
  const socket = new WebSocket(url.replace('http', 'ws'), { headers: { ...headers } })
  t.teardown(() => socket.terminate())
  return new Promise((resolve) => {
    socket.on('open', () => resolve(101))
    socket.on('unexpected-response', (request, response) => {
      resolve(response.statusCode)
      request.destroy()
    })
    socket.on('error', () => resolve(undefined))
  })
}

t.test('Socket.IO requires the same token as other requests, in auth.token or in the header', async (t) => {
  const { url } = await serve(t, { API_TOKEN, READ_TOKEN })
  for (const transports of [['websocket'], ['polling']]) {
    t.match(await handshake(t, url, { transports }), /Missing or unknown token/)
    t.match(await handshake(t, url, { transports, auth: { token: 'wrong' } }), /Missing or unknown token/)
    t.match(await handshake(t, url, { transports, auth: { token: ['x'] } }), /Missing or unknown token/)
    for (const token of [API_TOKEN, READ_TOKEN]) {
      t.equal(await handshake(t, url, { transports, auth: { token } }), 'connected')
      const extraHeaders = { authorization: `Bearer ${token}` }
      t.equal(await handshake(t, url, { transports, extraHeaders }), 'connected')
    }
  }
})

t.test('Socket.IO refuses handshakes from a foreign page or to a foreign name', async (t) => {
  const { url } = await serve(t, { CORS_ORIGINS: 'http://frontend.local' })
  for (const transports of [['websocket'], ['polling']]) {
    const from = (origin: string) => handshake(t, url, { transports, extraHeaders: { origin } })
    t.not(await from('http://evil.example'), 'connected')
    t.equal(await from('http://frontend.local'), 'connected')
  }
  const extraHeaders = { host: 'evil.example' }
  t.not(await handshake(t, url, { transports: ['websocket'], extraHeaders }), 'connected')
})

t.test('a WebSocket stream requires the token, and no foreign page opens it', async (t) => {
  const { url } = await serve(t, { API_TOKEN, READ_TOKEN })
  const stream = `${url}/logs/stream?macs=02:00:00:00:00:01`
  t.equal(await upgrade(t, stream, {}), 401)
  const authorization = `Bearer ${READ_TOKEN}`
  t.equal(await upgrade(t, stream, { authorization, origin: 'http://evil.example' }), 403)
  t.equal(await upgrade(t, stream, { authorization, host: 'evil.example' }), 403)
  t.not(await upgrade(t, stream, { authorization }), 401)
})

t.test('guessing tokens over Socket.IO counts toward the same rate limit as other requests', async (t) => {
  const { app, url } = await serve(t, { API_TOKEN, RATE_LIMIT_DENIED: 3 })
  const knock = (token: string) => handshake(t, url, { auth: { token } })
  for (let i = 0; i < 3; i++) t.match(await knock(`wrong ${i}`), /Missing or unknown token/)
  t.match(await knock('wrong again'), /More than 3 wrong tokens within a minute: try again in \d+ s/)
  t.equal((await app.inject('/presets')).statusCode, 429)
  t.equal(await knock(API_TOKEN), 'connected', 'who has the token is not locked out')
})

t.test('behind a proxy, a Socket.IO client counts by the address that the proxy reports', async (t) => {
  const { url } = await serve(t, { API_TOKEN, RATE_LIMIT_DENIED: 1, TRUST_PROXY: true })
  const knock = (address: string) =>
    handshake(t, url, { auth: { token: 'wrong' }, extraHeaders: { 'x-forwarded-for': `10.0.0.1, ${address}` } })
  t.match(await knock('192.0.2.1'), /Missing or unknown token/)
  t.match(await knock('192.0.2.1'), /wrong tokens/)
  t.match(await knock('192.0.2.2'), /Missing or unknown token/)
})

t.test(
  'Socket.IO clients are limited: one too many is refused with a reason, and accepted when another has gone',
  async (t) => {
    const { app, url } = await serve(t, { MAX_LIVE_CLIENTS: 2 })
    t.equal(await handshake(t, url, {}), 'connected')
    t.equal(await handshake(t, url, { transports: ['polling'] }), 'connected')
    const refused = await fetch(`${url}/socket/io?EIO=4&transport=polling`)
    t.equal(refused.status, 403)
    t.match(await refused.json(), { message: /2 Socket\.IO clients are already connected.*MAX_LIVE_CLIENTS/ })
    app.io.disconnectSockets(true)
    await until('there is room again', () => app.io.engine.clientsCount < 2)
    t.equal(await handshake(t, url, {}), 'connected')
  }
)

t.test('log streams are limited: one too many is a 503 with a reason', async (t) => {
  const { url } = await serve(t, { MAX_LOG_VIEWERS: 2 })
  t.equal(await upgrade(t, `${url}/logs/stream`, {}), 101)
  const socket = new WebSocket(`${url.replace('http', 'ws')}/logs/stream`)
  await once(socket, 'open')
  t.equal(await upgrade(t, `${url}/logs/stream`, {}), 503)
  const refused = await fetch(`${url}/logs/stream`)
  t.match(await refused.json(), { statusCode: 503, code: 'PLUTO_TOO_MANY_VIEWERS', message: /MAX_LOG_VIEWERS/ })
  socket.close()
  await until('there is room again', async () => (await upgrade(t, `${url}/logs/stream`, {})) === 101)
})

t.test('a message that nests too deep does no harm', async (t) => {
  const { url } = await serve(t)
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket/io?EIO=4&transport=websocket`)
  t.teardown(() => socket.terminate())
  const heard: string[] = []
  socket.on('message', (data) => heard.push(String(data)))
  await once(socket, 'open')
  socket.send('40')
  await until('it has joined', () => heard.some((packet) => packet.startsWith('40')))
  const deep = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`
  for (const payload of [
    deep,
    `{"topics":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
    `{"topics":["stat"],"x":${deep}}`
  ])
    socket.send(`421["subscribe",${payload}]`)
  await until('all are answered', () => heard.filter((packet) => packet.startsWith('431')).length === 3)
  t.ok(heard.filter((packet) => packet.startsWith('431')).every((packet) => packet.includes('"ok":false')))
})
