import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { Config } from '../../src/config.ts'
import { build, until } from '../helper.ts'

const LARGE = 'x'.repeat(400_000)

/** A backend with a route whose answer is large, and one that answers when it is told to. */
async function serveRoutes(t: Test, overrides: Partial<Config> = {}) {
  const app = await build(t, overrides)
  const waiting: (() => void)[] = []
  let running = 0
  let most = 0
  app.get('/test/large', async () => LARGE)
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

const isIdle = ({ backpressure }: FastifyInstance) => backpressure.inFlight === 0 && backpressure.unsentBytes === 0

t.test('pipelined requests of one connection are served one after another, in order', async (t) => {
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

t.test('a connection with too many pipelined requests is closed, and nothing of it is left', async (t) => {
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

t.test('clients that leave large answers unread are refused further ones, and only those', async (t) => {
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

t.test('an answer larger than the limit is sent when nothing else is held', async (t) => {
  const { url } = await serveRoutes(t, { MAX_UNSENT_BYTES: 100_000 })
  t.equal(await (await fetch(`${url}/test/large`)).text(), LARGE)
})

t.test('requests in flight are bounded per address; health and metrics are answered all the same', async (t) => {
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

t.test('requests in flight are bounded in all', async (t) => {
  const { url, waiting } = await serveRoutes(t, { MAX_REQUESTS: 2 })
  const slow = Array.from({ length: 2 }, () => fetch(`${url}/test/slow`))
  await until('two are being served', () => waiting.length === 2)
  t.equal((await fetch(`${url}/presets`)).status, 503)
  for (const release of waiting) release()
  t.same(await Promise.all(slow.map(async (answer) => (await answer).status)), [200, 200])
})
