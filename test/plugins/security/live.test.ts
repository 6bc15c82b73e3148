import t, { type Test } from 'tap'
import { io } from 'socket.io-client'
import { WebSocket } from 'ws'
import { serve } from '../../helper.ts'

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

t.test('Socket.IO wants the same token as everything else, in auth.token or in the header', async (t) => {
  const { url } = await serve(t, { API_TOKEN, READ_TOKEN })
  for (const transports of [['websocket'], ['polling']]) {
    t.match(await handshake(t, url, { transports }), /token is wanted/)
    t.match(await handshake(t, url, { transports, auth: { token: 'wrong' } }), /token is wanted/)
    t.match(await handshake(t, url, { transports, auth: { token: ['x'] } }), /token is wanted/)
    for (const token of [API_TOKEN, READ_TOKEN]) {
      t.equal(await handshake(t, url, { transports, auth: { token } }), 'connected')
      const extraHeaders = { authorization: `Bearer ${token}` }
      t.equal(await handshake(t, url, { transports, extraHeaders }), 'connected')
    }
  }
})

t.test('Socket.IO takes no handshake from a foreign page or under a foreign name', async (t) => {
  const { url } = await serve(t, { CORS_ORIGINS: 'http://frontend.local' })
  for (const transports of [['websocket'], ['polling']]) {
    const from = (origin: string) => handshake(t, url, { transports, extraHeaders: { origin } })
    t.not(await from('http://evil.example'), 'connected')
    t.equal(await from('http://frontend.local'), 'connected')
  }
  const extraHeaders = { host: 'evil.example' }
  t.not(await handshake(t, url, { transports: ['websocket'], extraHeaders }), 'connected')
})

t.test('a WebSocket stream wants the token, and no foreign page opens it', async (t) => {
  const { url } = await serve(t, { API_TOKEN, READ_TOKEN })
  const stream = `${url}/logs/stream?macs=02:00:00:00:00:01`
  t.equal(await upgrade(t, stream, {}), 401)
  const authorization = `Bearer ${READ_TOKEN}`
  t.equal(await upgrade(t, stream, { authorization, origin: 'http://evil.example' }), 403)
  t.equal(await upgrade(t, stream, { authorization, host: 'evil.example' }), 403)
  t.not(await upgrade(t, stream, { authorization }), 401)
})
