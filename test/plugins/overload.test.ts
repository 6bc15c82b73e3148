import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import t, { type Test } from 'tap'
import type { Config } from '../../src/config.ts'
import { build, serve, until } from '../helper.ts'

// Each of these waits more than it works.
t.jobs = 4

const HEAD = 'GET /healthz HTTP/1.1\r\nhost: localhost\r\n'

/** A connection without manners; gone when the test ends. */
async function dial(t: Test, url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** What comes before the connection is closed, however it is. */
async function textOf(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  await new Promise((closed) => socket.once('close', closed))
  return Buffer.concat(chunks).toString()
}

/** What an answer without a library behind it says. */
function read(answer: string) {
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  return { head, error: JSON.parse(body) as Record<string, unknown> }
}

const impatient: Partial<Config> = { HEADERS_TIMEOUT_MS: 300, REQUEST_TIMEOUT_MS: 300, UNREAD_TIMEOUT_MS: 300 }

t.test('a client that sends a request too slowly gets a 408 and is disconnected, in headers and body', async (t) => {
  const { url } = await serve(t, impatient)
  const body =
    'POST /presets HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n{'
  await Promise.all(
    [HEAD, body, ''].map(async (start) => {
      const socket = await dial(t, url)
      if (start) socket.write(start)
      const dripping = setInterval(() => start && socket.write('x'), 50)
      t.teardown(() => clearInterval(dripping))
      socket.once('data', () => clearInterval(dripping))
      const { head, error } = read(await textOf(socket))
      t.match(head, /^HTTP\/1\.1 408 Request Timeout\r\n/)
      t.match(error, { statusCode: 408, code: 'PLUTO_REQUEST_TIMEOUT', message: String, requestId: /^[0-9a-f-]{36}$/ })
    })
  )
})

t.test('a client that never reads its response is disconnected, but a slow response is waited for', async (t) => {
  const app = await build(t, impatient)
  const answering = Promise.withResolvers<undefined>()
  const chunk = 'x'.repeat(65_536)
  function* endless() {
    for (;;) yield chunk
  }
  app.get('/endless', async (_, reply) => {
    answering.resolve(undefined)
    return reply.send(Readable.from(endless()))
  })
  const slow = Promise.withResolvers<string>()
  app.get('/slow', () => slow.promise)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const waiting = fetch(`${url}/slow`)
  const socket = await dial(t, url)
  socket.pause().write('GET /endless HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await answering.promise
  const connections = () => new Promise<number>((give) => app.server.getConnections((_, count) => give(count)))
  t.equal(await connections(), 2)
  await until('the one that does not read is dropped', async () => (await connections()) === 1)
  slow.resolve('done')
  t.equal(await (await waiting).text(), 'done')
})

t.test('invalid HTTP and endless headers get an error response, and one log line without their content', async (t) => {
  const { app, url } = await serve(t)
  const said: unknown[][] = []
  app.log.debug = (...args: unknown[]) => void said.push(args)
  app.log.error = (...args: unknown[]) => void said.push(['error', ...args])
  for (const [request, status, code] of [
    ['\x16\x03\x01\x02\x00 nonsense\r\n\r\n', 400, 'PLUTO_NOT_HTTP'],
    [`${HEAD}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`, 400, 'PLUTO_NOT_HTTP'],
    [`${HEAD}x: ${'planted'.repeat(20_000)}\r\n\r\n`, 431, 'PLUTO_HEADERS_TOO_LARGE'],
    [`GET /${'planted'.repeat(20_000)} HTTP/1.1\r\n`, 431, 'PLUTO_HEADERS_TOO_LARGE']
  ] as const) {
    said.length = 0
    const socket = await dial(t, url)
    socket.write(request)
    const { head, error } = read(await textOf(socket))
    t.match(head, `HTTP/1.1 ${status} `)
    t.match(error, { statusCode: status, code, error: String, message: String, requestId: String })
    t.equal(said.length, 1, code)
    t.match(said[0]?.[0], { code, ip: '127.0.0.1', reqId: error.requestId })
    t.notMatch(JSON.stringify(said), /planted|stack|nonsense/)
  }
  t.equal((await fetch(`${url}/healthz`)).status, 200)
})

t.test('connections are limited, in total and per address', async (t) => {
  for (const bound of [{ MAX_CONNECTIONS: 3 }, { MAX_CONNECTIONS_PER_ADDRESS: 3 }]) {
    const { url } = await serve(t, bound)
    const [first] = [await dial(t, url), await dial(t, url), await dial(t, url)]
    const fourth = await dial(t, url)
    t.equal(await textOf(fourth), '', 'closed without a word')
    first.destroy()
    await until('there is room again', () =>
      fetch(`${url}/healthz`).then(
        ({ ok }) => ok,
        () => false
      )
    )
  }
})

t.test('behind a proxy, where all connections come from one address, only their total is limited', async (t) => {
  const { url } = await serve(t, { TRUST_PROXY: true, MAX_CONNECTIONS_PER_ADDRESS: 1 })
  await dial(t, url)
  t.equal((await fetch(`${url}/healthz`)).status, 200)
})

t.test('an overloaded service refuses requests with a Retry-After, but not its health and metrics', async (t) => {
  const app = await build(t, { OVERLOAD_DELAY_MS: 1 }, { overload: { sampleMs: 50 } })
  const lock = new Int32Array(new SharedArrayBuffer(4))
  const refused = await until('it is under pressure', async () => {
    Atomics.wait(lock, 0, 0, 30)
    const answer = await app.inject('/presets')
    return answer.statusCode === 503 ? answer : null
  })
  t.equal(refused.statusCode, 503)
  t.match(refused.headers['retry-after'], /^\d+$/)
  t.match(refused.json(), { code: 'PLUTO_OVERLOADED', message: /delay of the event loop/, requestId: String })
  for (const url of ['/healthz', '/readyz', '/metrics']) t.equal((await app.inject(url)).statusCode, 200, url)
  await until('it has recovered', async () => (await app.inject('/presets')).statusCode === 200)
})

t.test('an almost full heap counts as overload, and 0 disables both limits', async (t) => {
  const overload = { sampleMs: 50 }
  const off = await build(t, { OVERLOAD_HEAP_PERCENT: 0, OVERLOAD_DELAY_MS: 0 }, { overload })
  const full = await build(t, { OVERLOAD_HEAP_PERCENT: 1, OVERLOAD_DELAY_MS: 0 }, { overload })
  t.equal((await off.inject('/presets')).statusCode, 200)
  await until('it refuses', async () => (await full.inject('/presets')).statusCode === 503)
  t.match((await full.inject('/presets')).json(), { message: /heap in use/ })
  t.equal((await off.inject('/presets')).statusCode, 200)
})
