import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import t, { type Test } from 'tap'
import { createJsonClient, JsonClientError, type JsonClientOptions } from '../../src/json-client.ts'

type Options = Partial<JsonClientOptions> & { path?: string }

/** A server that answers every request with `answer`, what it was sent, and a client of it. Closed when the test ends. */
async function serverAndClient(t: Test, answer: RequestListener, { path = '', ...options }: Options = {}) {
  const seen: { line: string; headers: Record<string, unknown>; body: string; port: number | undefined }[] = []
  const server = createServer(async (request, response) => {
    const body = (await request.setEncoding('utf8').toArray()).join('')
    const { method, url, headers, socket } = request
    seen.push({ line: `${method} ${url}`, headers, body, port: socket.remotePort })
    answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  const client = createJsonClient({ url: origin + path, timeoutMs: 5000, maxResponseBytes: 1024, ...options })
  t.teardown(async () => {
    await client.close()
    server.closeAllConnections()
    server.close()
  })
  return { client, seen, server, origin }
}

const answering =
  (text: string, status = 200, headers = {}): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, headers).end(text)

t.test('a response of any status is its status and its parsed body', async (t) => {
  for (const status of [200, 401, 404, 500]) {
    const { client } = await serverAndClient(t, answering('{"message":"as told"}', status))
    t.same(await client.send('GET', 'x'), { status, body: { message: 'as told' } })
  }
})

t.test('requests go below the path of the service, with a token and headers of their own', async (t) => {
  for (const path of ['/below', '/below/', '/below//']) {
    const options = { path, token: 'secret', headers: { 'x-own': '1' } }
    const { client, seen } = await serverAndClient(t, answering('1'), options)
    await client.send('GET', 'list?a=b')
    t.equal(seen[0]?.line, 'GET /below/list?a=b')
    t.match(seen[0]?.headers, { authorization: 'Bearer secret', 'x-own': '1', accept: 'application/json' })
  }
  const { client, seen } = await serverAndClient(t, answering('1'))
  await client.send('GET', 'list')
  t.equal(seen[0]?.headers['authorization'], undefined)
})

t.test('a body is sent as JSON or as a form', async (t) => {
  const { client, seen } = await serverAndClient(t, answering('{}'))
  await client.send('GET', 'x')
  await client.send('POST', 'x', { body: { a: 1 } })
  await client.send('POST', 'x', { body: new URLSearchParams({ a: '1' }) })
  t.same(
    seen.map(({ headers, body }) => [headers['content-type'], body]),
    [
      [undefined, ''],
      ['application/json', '{"a":1}'],
      ['application/x-www-form-urlencoded', 'a=1']
    ]
  )
})

t.test('a body that is not JSON, is cut off as text, or is missing is undefined', async (t) => {
  for (const text of ['<html>login</html>', '{"half', '', 'NaN']) {
    const { client } = await serverAndClient(t, answering(text))
    t.same(await client.send('GET', 'x'), { status: 200, body: undefined }, text)
  }
})

t.test('a body that nests deeper than maxDepth is undefined, and any depth is read without a limit', async (t) => {
  const deep = '['.repeat(50_000) + ']'.repeat(50_000)
  const limited = await serverAndClient(t, answering(deep), { maxDepth: 16, maxResponseBytes: 1e6 })
  t.equal((await limited.client.send('GET', 'x')).body, undefined)
  const open = await serverAndClient(t, answering(deep), { maxResponseBytes: 1e6 })
  t.ok(Array.isArray((await open.client.send('GET', 'x')).body))
})

t.test('keys that would change a prototype are not in the body', async (t) => {
  const { client } = await serverAndClient(t, answering('{"__proto__":{"polluted":true},"a":1}'))
  const { body } = await client.send('GET', 'x')
  t.equal(JSON.stringify(body), '{"a":1}')
  t.equal(Reflect.get(Object(body), 'polluted'), undefined)
})

t.test('P31 a redirect is a response and is not followed', async (t) => {
  const inside = await serverAndClient(t, answering('"secret"'))
  const { client } = await serverAndClient(t, answering('', 302, { location: `${inside.origin}/x` }))
  t.same(await client.send('GET', 'x'), { status: 302, body: undefined })
  t.same(inside.seen, [])
})

t.test('a service that is silent, or whose body never ends, is a TIMEOUT of the whole exchange', async (t) => {
  const silent: RequestListener = () => undefined
  const dripping: RequestListener = (_request, response) => {
    const drip = setInterval(() => response.write(' '), 10)
    response.once('close', () => clearInterval(drip))
  }
  for (const answer of [silent, dripping]) {
    const { client } = await serverAndClient(t, answer, { timeoutMs: 100 })
    await t.rejects(client.send('GET', 'x'), { code: 'TIMEOUT', message: 'no response within 100 ms', cause: Error })
  }
})

t.test('a body beyond maxResponseBytes is TOO_LARGE, with and without a content-length', async (t) => {
  const text = JSON.stringify('x'.repeat(2000))
  const chunked: RequestListener = (_request, response) => {
    response.write(text.slice(0, 900))
    response.end(text.slice(900))
  }
  for (const answer of [answering(text, 200, { 'content-length': text.length }), chunked]) {
    const { client } = await serverAndClient(t, answer)
    await t.rejects(client.send('GET', 'x'), {
      ...{ code: 'TOO_LARGE', message: 'its answer is larger than 1024 bytes' },
      cause: { code: 'UND_ERR_RES_EXCEEDED_MAX_SIZE' }
    })
  }
})

t.test('a connection that is refused, or ends within the body, fails with its own code', async (t) => {
  const torn = await serverAndClient(t, (_request, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('{"half":')
    setImmediate(() => response.destroy())
  })
  await t.rejects(torn.client.send('GET', 'x'), { code: 'UND_ERR_SOCKET', cause: Error })
  const down = await serverAndClient(t, answering('1'))
  down.server.close()
  await once(down.server, 'close')
  await t.rejects(down.client.send('GET', 'x'), {
    ...{ code: 'ECONNREFUSED', message: 'the connection failed (ECONNREFUSED)' },
    cause: { code: 'ECONNREFUSED' }
  })
})

t.test('no message has the token', async (t) => {
  const { client } = await serverAndClient(t, () => undefined, { token: 'secret', timeoutMs: 50 })
  const error = await client.send('GET', 'x').catch((reason: unknown) => reason)
  t.ok(error instanceof JsonClientError)
  t.notMatch(`${error} ${JSON.stringify(error)} ${error instanceof Error && error.cause}`, 'secret')
})

t.test('a request that its caller aborts rejects with the reason of the signal', async (t) => {
  const { client } = await serverAndClient(t, () => undefined)
  const end = new AbortController()
  const sending = client.send('GET', 'x', { signal: end.signal })
  const reason = new Error('enough')
  setImmediate(() => end.abort(reason))
  t.equal(await sending.catch((error: unknown) => error), reason)
})

t.test('close ends the requests under way', async (t) => {
  const { client, seen } = await serverAndClient(t, () => void client.close())
  await t.rejects(client.send('GET', 'x'), { code: 'UND_ERR_DESTROYED' })
  t.equal(seen.length, 1)
})

t.test('connections are kept between requests unless keepAlive is off', async (t) => {
  for (const keepAlive of [true, false]) {
    const { client, seen } = await serverAndClient(t, answering('1'), { keepAlive, connections: 1 })
    for (let i = 0; i < 3; i++) await client.send('GET', 'x')
    t.equal(new Set(seen.map(({ port }) => port)).size, keepAlive ? 1 : 3)
  }
})
