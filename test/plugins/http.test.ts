import t from 'tap'
import { build } from '../helper.ts'

t.test('responses are never cached, and each has a request id', async (t) => {
  const app = await build(t)
  for (const url of ['/presets', '/healthz', '/nowhere', '/metrics']) {
    const answer = await app.inject(url)
    t.equal(answer.headers['cache-control'], 'no-store', url)
    t.match(answer.headers['x-request-id'], /^[0-9a-f-]{36}$/, url)
  }
})

t.test("a client's own request id is used if it is safe", async (t) => {
  const app = await build(t)
  const echo = async (id: string) =>
    (await app.inject({ url: '/nowhere', headers: { 'x-request-id': id } })).json().requestId
  t.equal(await echo('trace-1.a'), 'trace-1.a')
  for (const id of ['a b', '<script>', 'x'.repeat(65), '']) t.match(await echo(id), /^[0-9a-f-]{36}$/, id)
})

t.test('an unsupported method is a 405 that names the supported ones', async (t) => {
  const app = await build(t)
  for (const [method, url, allow] of [
    ['POST', '/devices/imprint', 'GET, HEAD, PATCH, PUT, OPTIONS'],
    ['PUT', '/devices/imprint/bc:dd:c2:00:00:01', 'DELETE, GET, HEAD, PATCH, OPTIONS'],
    ['DELETE', '/presets?x=1', 'GET, HEAD, POST, OPTIONS']
  ] as const) {
    const answer = await app.inject({ method, url })
    t.equal(answer.statusCode, 405, url)
    t.equal(answer.headers.allow, allow)
    t.match(answer.json(), { code: 'PLUTO_METHOD_NOT_ALLOWED', error: 'Method Not Allowed' })
  }
  const options = await app.inject({ method: 'OPTIONS', url: '/presets' })
  t.equal(options.statusCode, 204)
  t.match(options.headers.allow, 'POST')
  t.equal((await app.inject({ method: 'HEAD', url: '/presets' })).statusCode, 200)
})

t.test('an unknown path is a 404 in the one shape of errors', async (t) => {
  const app = await build(t)
  for (const url of ['/', '/devices', '/devices/imprint/a/b', '/metrics/x', '/%ff', '/presets/..%2f..']) {
    const answer = await app.inject(url)
    t.ok([400, 404].includes(answer.statusCode), `${url} ${answer.statusCode}`)
    t.match(answer.json(), { statusCode: Number, error: String, message: String, code: String, requestId: String }, url)
  }
})

t.test('a body that is invalid, too large or of another type is refused in the same shape', async (t) => {
  const app = await build(t)
  const post = (payload: string, type: string) =>
    app.inject({ method: 'POST', url: '/presets', payload, headers: { 'content-type': type } })
  for (const [answer, status] of [
    [await post('{"name":', 'application/json'), 400],
    [await post('', 'application/json'), 400],
    [await post('name=x', 'application/x-www-form-urlencoded'), 415],
    [await post(`{"name":"${'x'.repeat(2_000_000)}"}`, 'application/json'), 413],
    [await post('{"__proto__":{"a":1},"name":"x"}', 'application/json'), 400]
  ] as const) {
    t.equal(answer.statusCode, status)
    t.match(answer.json(), { statusCode: status, error: String, message: String, code: String, requestId: String })
  }
})

t.test('a body that is too large is refused with the limit', async (t) => {
  const app = await build(t, { BODY_LIMIT_BYTES: 2048 })
  const post = (length: number) =>
    app.inject({ method: 'POST', url: '/presets', payload: { name: 'x'.repeat(length) } })
  t.match((await post(2048)).json(), { statusCode: 413, message: /larger than 2048 bytes/ })
  t.equal((await post(1000)).statusCode, 400)
})

t.test('a body that nests too deep is a clear 400 on every route with a body', async (t) => {
  const app = await build(t)
  await app.ready()
  const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
  const isJson = (body: object | undefined) => body && 'content' in body && 'application/json' in Object(body.content)
  const routes = Object.entries(app.swagger().paths ?? {}).flatMap(([url, methods = {}]) =>
    (['post', 'put', 'patch'] as const).flatMap((method) =>
      isJson(methods[method]?.requestBody) ? [{ method, url }] : []
    )
  )
  t.ok(routes.length >= 8)
  for (const { method, url } of routes) {
    const path = url.replace('{id}', 'bc:dd:c2:00:00:01')
    const send = (payload: string) =>
      app.inject({ method, url: path, payload, headers: { 'content-type': 'application/json' } })
    const array = '['.repeat(100_000) + ']'.repeat(100_000)
    t.equal((await send('['.repeat(500_000))).statusCode, 400, `${method} ${url} without an end`)
    for (const payload of [deep(100_000), array, `{"settings":${deep(51)},"action":"settings"}`]) {
      const answer = await send(payload)
      t.equal(answer.statusCode, 400, `${method} ${url}`)
      t.match(answer.json(), { code: 'PLUTO_BODY_TOO_DEEP', message: /deeper than 50 levels/ })
    }
  }
})

t.test('brackets inside a string do not count as nesting', async (t) => {
  const app = await build(t)
  const payload = JSON.stringify({ name: `\\"${'[{"'.repeat(500)}`, configuration: {} })
  const answer = await app.inject({
    method: 'POST',
    url: '/presets',
    payload,
    headers: { 'content-type': 'application/json' }
  })
  t.match(answer.json(), { code: 'PLUTO_INVALID_REQUEST' })
})

t.test('a parameter that is too long is refused in the same shape', async (t) => {
  const app = await build(t)
  const answer = await app.inject(`/devices/imprint/${'a'.repeat(101)}`)
  t.match(answer.json(), { statusCode: 414, error: 'URI Too Long', code: String, message: String, requestId: String })
})

t.test('a request that never ends is given up, and an answer may take as long as it needs', async (t) => {
  const { server } = await build(t)
  t.ok(server.requestTimeout >= 10_000 && server.requestTimeout <= 60_000, String(server.requestTimeout))
  t.equal(server.timeout, 0)
})
