import t, { type Test } from 'tap'
import type { FastifyInstance } from 'fastify'
import { build } from '../../helper.ts'

const FULL = 'operator=0123456789abcdef'
const READ = 'grafana=fedcba9876543210'
const full = { authorization: 'Bearer 0123456789abcdef' }
const read = { authorization: 'Bearer fedcba9876543210' }
const secured = (t: Test, overrides = {}) =>
  build(t, { API_TOKEN: FULL, READ_TOKEN: READ, RATE_LIMIT_DENIED: 1000, ...overrides })

t.test('with a token set, only liveness, metrics and documentation are public', async (t) => {
  const app = await secured(t)
  await app.ready()
  const open = new Set(['/healthz', '/metrics'])
  const routes = Object.keys(app.swagger().paths ?? {}).map((url) => url.replaceAll(/\{\w+\}/g, 'bc:dd:c2:00:00:01'))
  t.ok(routes.length > 15)
  for (const url of [...routes, '/nowhere']) {
    const answer = await app.inject(url)
    t.equal(answer.statusCode === 401, !open.has(url), `${url} ${answer.statusCode}`)
    if (!open.has(url)) t.match(answer.json(), { code: 'PLUTO_UNAUTHORIZED', message: /Bearer/ })
  }
  t.equal((await app.inject('/documentation/json')).statusCode, 200)
  t.match((await app.inject('/presets')).headers, { 'www-authenticate': /^Bearer/ })
})

t.test('a read token changes nothing', async (t) => {
  const app = await secured(t)
  t.equal((await app.inject({ url: '/presets', headers: read })).statusCode, 200)
  const payload = { macs: ['bc:dd:c2:00:00:01'] }
  const denied = await app.inject({ method: 'PUT', url: '/devices/imprint', headers: read, payload })
  t.equal(denied.statusCode, 403)
  t.match(denied.json(), { code: 'PLUTO_READ_ONLY_TOKEN', message: /"grafana" is read-only/ })
  t.notMatch(denied.body, 'fedcba')
  t.equal((await app.inject({ method: 'PUT', url: '/devices/imprint', headers: full, payload })).statusCode, 404)
})

t.test('only the exact token grants access, and guessing is rate-limited', async (t) => {
  const app = await secured(t, { RATE_LIMIT_DENIED: 5 })
  const wrong = [
    'Bearer 0123456789abcdeF',
    'Bearer 0123456789abcde',
    'Basic 0123456789abcdef',
    'Bearer operator=0123456789abcdef',
    ''
  ]
  for (const authorization of wrong) {
    t.equal((await app.inject({ url: '/presets', headers: { authorization } })).statusCode, 401, authorization)
  }
  const slowed = await app.inject('/presets')
  t.equal(slowed.statusCode, 429)
  t.match(slowed.headers['retry-after'], /^\d+$/)
  t.equal((await app.inject({ url: '/presets', headers: full })).statusCode, 200, 'who has the token is not locked out')
})

t.test('a token that ends like base64 is one token, and no part of it grants access or is disclosed', async (t) => {
  const token = 'abcdefghijklmnopqrstuv=='
  const app = await secured(t, { API_TOKEN: token, READ_TOKEN: `grafana=${token.toUpperCase()}` })
  const ask = (given: string, method: 'GET' | 'DELETE' = 'GET') =>
    app.inject({ method, url: '/presets', headers: { authorization: `Bearer ${given}` } })
  t.equal((await ask(token)).statusCode, 200)
  for (const part of ['=', '==', 'abcdefghijklmnopqrstuv', 'abcdefghijklmnopqrstuv=']) {
    t.equal((await ask(part)).statusCode, 401, part)
  }
  t.match((await ask(token.toUpperCase(), 'DELETE')).json(), { message: /^The token "grafana" is read-only/ })
})

t.test('metrics require a token if they are not open', async (t) => {
  const app = await secured(t, { METRICS_OPEN: false })
  t.equal((await app.inject('/metrics')).statusCode, 401)
  t.equal((await app.inject({ url: '/metrics', headers: read })).statusCode, 200)
})

t.test('a foreign page changes nothing, and reads nothing without CORS', async (t) => {
  const app = await build(t, { CORS_ORIGINS: 'http://frontend.local:8080' })
  const post = (origin: string) =>
    app.inject({ method: 'POST', url: '/presets', headers: { origin, host: '192.168.1.5:3000' }, payload: {} })
  for (const origin of ['http://evil.example', 'null', 'http://192.168.1.5', 'http://192.168.1.5:3001', 'nonsense']) {
    const answer = await post(origin)
    t.equal(answer.statusCode, 403, origin)
    t.match(answer.json(), { code: 'PLUTO_ORIGIN_NOT_ALLOWED', message: /CORS_ORIGINS/ })
    t.notOk(answer.headers['access-control-allow-origin'])
  }
  t.equal((await post('http://192.168.1.5:3000')).statusCode, 400, 'a page of its own')
  const allowed = await post('http://frontend.local:8080')
  t.equal(allowed.statusCode, 400)
  t.equal(allowed.headers['access-control-allow-origin'], 'http://frontend.local:8080')
})

t.test('on the network, the service answers to addresses, localhost, .local and ALLOWED_HOSTS only', async (t) => {
  const app = await build(t, { HOST: '0.0.0.0', ALLOWED_HOSTS: 'pluto.example,backend' })
  const call = async (host: string) => (await app.inject({ url: '/healthz', headers: { host } })).statusCode
  for (const host of [
    '192.168.1.5:3000',
    '[::1]:3000',
    'localhost:3000',
    'pluto.local',
    'Backend:3000',
    'pluto.example'
  ]) {
    t.equal(await call(host), 200, host)
  }
  for (const host of [
    'evil.example',
    'evil.example:3000',
    'localhost.evil.example',
    'a.pluto.example',
    'x@127.0.0.1',
    'local'
  ]) {
    t.equal(await call(host), 403, host)
  }
})

t.test('too many requests are refused with a time to wait, including those to unknown routes', async (t) => {
  const app = await build(t, { RATE_LIMIT_READS: 3, RATE_LIMIT_WRITES: 2 })
  for (let i = 0; i < 3; i++) t.equal((await app.inject('/nowhere')).statusCode, 404)
  const slowed = await app.inject('/nowhere')
  t.equal(slowed.statusCode, 429)
  t.match(slowed.json(), {
    code: 'PLUTO_TOO_MANY_REQUESTS',
    message: /More than 3 requests within a minute: try again in \d+ s/
  })
  for (const status of [400, 400, 429]) {
    t.equal((await app.inject({ method: 'POST', url: '/presets', payload: {} })).statusCode, status)
  }
})

t.test('without TLS, no header makes a browser ask for it', async (t) => {
  const app = await build(t)
  const { headers } = await app.inject('/healthz')
  t.match(headers, { 'x-content-type-options': 'nosniff', 'x-frame-options': /./ })
  t.notMatch(headers['content-security-policy'], 'upgrade-insecure-requests')
  t.notOk(headers['strict-transport-security'])
})

t.test('X-Forwarded-For only counts behind a proxy, and only the entry that the proxy has written', async (t) => {
  const knock = (app: FastifyInstance, forwarded: string) =>
    app
      .inject({ url: '/presets', headers: { 'x-forwarded-for': forwarded, 'x-forwarded-host': 'evil.example' } })
      .then(({ statusCode }) => statusCode)
  const direct = await build(t, { RATE_LIMIT_READS: 2 })
  t.same([await knock(direct, '192.0.2.1'), await knock(direct, '192.0.2.2')], [200, 200])
  t.equal(await knock(direct, '192.0.2.3'), 429, 'a client cannot change its address')
  const behind = await build(t, { RATE_LIMIT_READS: 1, TRUST_PROXY: true })
  t.same([await knock(behind, '192.0.2.1'), await knock(behind, '192.0.2.2')], [200, 200])
  t.equal(await knock(behind, '198.51.100.9, 192.0.2.2'), 429, 'what a client sends along does not count')
})
