import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { Gauge } from 'prom-client'
import t, { type Test } from 'tap'
import type { Config } from '../../src/config.ts'
import { build, until } from '../helper.ts'

const LARGE = 'x'.repeat(400_000)
const json = { 'content-type': 'application/json' }

/** A backend with a route whose answer is large, and one that answers when it is told to. */
async function serveRoutes(t: Test, overrides: Partial<Config> = {}) {
  const app = await build(t, overrides)
  const waiting: (() => void)[] = []
  let running = 0
  let most = 0
  app.get('/test/large', async () => LARGE)
  app.post('/test/change', async () => LARGE)
  app.get('/test/large-later', async () => {
    await new Promise<void>((resolve) => waiting.push(resolve))
    return LARGE
  })
  app.get('/test/slow', async () => {
    most = Math.max(most, ++running)
    await new Promise<void>((resolve) => waiting.push(resolve))
    running--
    return 'done'
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return { app, url, port: Number(new URL(url).port), waiting, most: () => most }
}

async function open(t: Test, port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`

/** A client that sends requests and reads none of their answers. */
async function leaveUnread(t: Test, port: number, path: string, requests: number): Promise<Socket> {
  const socket = await open(t, port)
  socket.pause()
  socket.write(get(path).repeat(requests))
  return socket
}

const isIdle = ({ backpressure: { inFlight, monitoring, unsentBytes } }: FastifyInstance) =>
  inFlight === 0 && monitoring === 0 && unsentBytes === 0

t.test('P35 pipelined requests of one connection are served one after another, in order', async (t) => {
  const { app, port, waiting, most } = await serveRoutes(t)
  const socket = await open(t, port)
  let received = ''
  socket.setEncoding('utf8').on('data', (text: string) => (received += text))
  socket.write(get('/test/slow').repeat(5) + get('/healthz'))
  for (let i = 0; i < 5; i++) {
    const release = await until('a request is being served', () => waiting.shift())
    t.equal(app.backpressure.inFlight, 1)
    release()
  }
  await until('the last one is answered', () => received.includes('"status":"ok"'))
  t.equal(received.match(/done/g)?.length, 5)
  t.equal(most(), 1)
  socket.destroy()
  await until('nothing is counted any more', () => isIdle(app))
})

t.test('P35 a connection with too many pipelined requests is closed, and nothing of it is left', async (t) => {
  const { app, url, port, waiting } = await serveRoutes(t)
  const socket = await open(t, port)
  socket.resume().write(get('/test/slow').repeat(100))
  await once(socket, 'close')
  t.equal(app.backpressure.closedConnections, 1)
  for (const release of waiting) release()
  await until('nothing is counted any more', () => isIdle(app))
  t.equal(waiting.length, 1, 'only the first was served')
  t.equal((await fetch(`${url}/healthz`)).status, 200)
})

t.test('P35 clients that leave large answers unread are refused further ones, and only those', async (t) => {
  const { app, url, port } = await serveRoutes(t, { MAX_UNSENT_BYTES: 8_000_000 })
  const sockets = await Promise.all(Array.from({ length: 40 }, () => leaveUnread(t, port, '/test/large', 20)))
  await until('the limit of one address is reached', () => app.backpressure.unsentBytes > 3_600_000)
  for (let i = 0; i < 50; i++) await setImmediate()
  t.ok(app.backpressure.unsentBytes <= 4_000_000, `${app.backpressure.unsentBytes} bytes are held`)
  const refused = await fetch(`${url}/test/large`)
  t.equal(refused.status, 503)
  t.ok(Number(refused.headers.get('retry-after')) > 0)
  t.match(await refused.json(), { code: 'PLUTO_OVERLOADED', message: /has not read/ })
  t.equal((await fetch(`${url}/healthz`)).status, 200)
  t.equal((await fetch(`${url}/metrics`)).status, 200)
  for (const socket of sockets) socket.destroy()
  await until('nothing is counted any more', () => isIdle(app))
  t.equal(await (await fetch(`${url}/test/large`)).text(), LARGE)
})

t.test('P35 an answer larger than the limit is sent when nothing else is held', async (t) => {
  const { url } = await serveRoutes(t, { MAX_UNSENT_BYTES: 100_000 })
  t.equal(await (await fetch(`${url}/test/large`)).text(), LARGE)
})

t.test('P35 requests in flight are bounded per address; health and metrics are answered all the same', async (t) => {
  const { app, url, waiting } = await serveRoutes(t, { MAX_REQUESTS_PER_ADDRESS: 3 })
  const slow = Array.from({ length: 3 }, () => fetch(`${url}/test/slow`))
  await until('three are being served', () => waiting.length === 3)
  const refused = await fetch(`${url}/presets`)
  t.equal(refused.status, 503)
  t.match(await refused.json(), { code: 'PLUTO_OVERLOADED' })
  for (const path of ['/healthz', '/readyz', '/metrics']) t.equal((await fetch(url + path)).status, 200, path)
  for (const release of waiting) release()
  t.same(await Promise.all(slow.map(async (answer) => (await answer).status)), [200, 200, 200])
  await until('nothing is counted any more', () => isIdle(app))
  t.equal((await fetch(`${url}/presets`)).status, 200)
})

t.test('P35 requests in flight are bounded in all', async (t) => {
  const { url, waiting } = await serveRoutes(t, { MAX_REQUESTS: 2 })
  const slow = Array.from({ length: 2 }, () => fetch(`${url}/test/slow`))
  await until('two are being served', () => waiting.length === 2)
  t.equal((await fetch(`${url}/presets`)).status, 503)
  for (const release of waiting) release()
  t.same(await Promise.all(slow.map(async (answer) => (await answer).status)), [200, 200])
})

t.test('P35 a request whose client leaves before its large answer is ready leaves nothing behind', async (t) => {
  const { app, url, port, waiting } = await serveRoutes(t)
  const socket = await open(t, port)
  socket.write(get('/test/large-later'))
  const release = await until('it is being served', () => waiting.shift())
  socket.destroy()
  await until('its connection has ended', () => app.backpressure.inFlight === 0)
  release()
  t.equal((await fetch(`${url}/healthz`)).status, 200)
  await until('nothing is counted any more', () => isIdle(app))
})

t.test('P35 requests pipelined behind one whose answer closes the connection leave nothing behind', async (t) => {
  const { app, port } = await serveRoutes(t, { BODY_LIMIT_BYTES: 1024 })
  const socket = await open(t, port)
  const tooLarge =
    'POST /presets HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 2000\r\n\r\n'
  const old = get('/healthz').replace('1.1', '1.0')
  for (const first of [tooLarge + 'x'.repeat(2000), old]) {
    const other = await open(t, port)
    other.resume().write(first + get('/test/large').repeat(5))
    await once(other, 'close')
  }
  socket.destroy()
  t.ok(await until('nothing is counted any more', () => isIdle(app)))
})

t.test('P35 answers of every kind that nobody reads are bounded', async (t) => {
  const { app, url, port } = await serveRoutes(t, { MAX_UNSENT_BYTES: 8_000_000, RATE_LIMIT_WRITES: 1_000_000 })
  const body = JSON.stringify({ macs: Array.from({ length: 5000 }, (_, i) => `no MAC ${i}`) })
  const head = `Host: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`
  const requests = [
    ...['/test/large', '/documentation/json', '/devices/imprint', '/audit', '/fleet/history', '/nowhere'].map(get),
    ...['gzip', 'br', '*'].map((encoding) =>
      get('/test/large').replace('\r\n\r\n', `\r\nAccept-Encoding: ${encoding}\r\n\r\n`)
    ),
    get('/documentation/json').replace('GET', 'HEAD'),
    'POST /backup HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
    `PUT /devices/imprint HTTP/1.1\r\n${head}\r\n\r\n${body}`
  ]
  const sockets: Socket[] = []
  for (const request of requests) {
    for (let i = 0; i < 5; i++) {
      const socket = await open(t, port)
      sockets.push(socket.pause())
      socket.write(request.repeat(20))
    }
  }
  await until('the limit of one address is nearly reached', () => app.backpressure.unsentBytes > 3_000_000)
  for (let i = 0; i < 100; i++) await setImmediate()
  // Errors and answers to changes are sent all the same: one per connection.
  t.ok(app.backpressure.unsentBytes <= 8_000_000, `${app.backpressure.unsentBytes} bytes are held`)
  t.ok(app.backpressure.inFlight <= sockets.length)
  t.equal((await fetch(`${url}/healthz`)).status, 200)
  for (const socket of sockets) socket.destroy()
  await until('nothing is counted any more', () => isIdle(app))
  t.equal((await fetch(`${url}/test/large`)).status, 200)
})

t.test('P35 bodies that arrive slowly are bounded', async (t) => {
  const { app, url, port } = await serveRoutes(t, { MAX_UNSENT_BYTES: 8_000_000 })
  const head = 'POST /presets HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n'
  for (const length of ['Content-Length: 1000000', 'Transfer-Encoding: chunked']) {
    const sockets = await Promise.all(Array.from({ length: 20 }, () => open(t, port)))
    for (const socket of sockets) socket.resume().write(`${head}${length}\r\n\r\n`)
    await until('the limit of one address is reached', () => app.backpressure.unsentBytes > 2_900_000)
    t.ok(app.backpressure.unsentBytes <= 4_000_000, `${app.backpressure.unsentBytes} bytes are held`)
    const body = JSON.stringify({ name: 'x'.repeat(900_000) })
    t.equal((await fetch(`${url}/presets`, { method: 'POST', headers: json, body })).status, 503)
    for (const socket of sockets) socket.destroy()
    await until('nothing is counted any more', () => isIdle(app))
  }
})

t.test('P35 a change that was made is answered, also to a client that has not read earlier answers', async (t) => {
  const { app, url, port } = await serveRoutes(t, { MAX_UNSENT_BYTES: 8_000_000 })
  const sockets = await Promise.all(Array.from({ length: 40 }, () => leaveUnread(t, port, '/test/large', 20)))
  await until('the limit of one address is reached', () => app.backpressure.unsentBytes > 3_600_000)
  t.equal((await fetch(`${url}/test/large`)).status, 503)
  t.equal((await fetch(`${url}/test/change`, { method: 'POST' })).status, 200)
  for (const socket of sockets) socket.destroy()
  await until('nothing is counted any more', () => isIdle(app))
})

t.test('P35 scrapes that nobody reads are bounded per address', async (t) => {
  const { app, url, port } = await serveRoutes(t)
  new Gauge({ name: 'test_large', help: 'x'.repeat(2_000_000), registers: [app.metrics.registry] })
  const sockets = await Promise.all(Array.from({ length: 40 }, () => leaveUnread(t, port, '/metrics', 5)))
  await until('the limit of one address is reached', () => app.backpressure.monitoring === 32)
  for (let i = 0; i < 50; i++) await setImmediate()
  t.equal(app.backpressure.monitoring, 32)
  t.equal((await fetch(`${url}/metrics`)).status, 503)
  t.equal((await fetch(`${url}/presets`)).status, 200)
  for (const socket of sockets) socket.destroy()
  await until('nothing is counted any more', () => isIdle(app))
  t.equal((await fetch(`${url}/metrics`)).status, 200)
})

t.test('P35 a WebSocket is no request in flight, and an Upgrade header alone does not make one', async (t) => {
  const { app, url, port, waiting } = await serveRoutes(t, { MAX_REQUESTS_PER_ADDRESS: 2 })
  const viewers = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const viewer = new WebSocket(`ws://127.0.0.1:${port}/logs/stream`)
      t.teardown(() => viewer.close())
      await once(viewer, 'open')
      return viewer
    })
  )
  t.equal((await fetch(`${url}/presets`)).status, 200)
  const socket = await open(t, port)
  socket.write('GET /test/slow HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n\r\n')
  const release = await until('it is being served', () => waiting.shift())
  t.equal(app.backpressure.inFlight, 1)
  release()
  for (const viewer of viewers) viewer.close()
  await until('nothing is counted any more', () => isIdle(app))
})

t.test('P35 injected requests are counted and released', async (t) => {
  const { app } = await serveRoutes(t)
  t.equal((await app.inject('/test/large')).statusCode, 200)
  t.equal((await app.inject('/nowhere')).statusCode, 404)
  await until('nothing is counted any more', () => isIdle(app))
})
