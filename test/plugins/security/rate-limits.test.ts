import t, { type Test } from 'tap'
import { io } from 'socket.io-client'
import type { FastifyInstance } from 'fastify'
import { RateLimitStore } from '../../../plugins/security/rate-limit-store.ts'
import { build, serve } from '../../helper.ts'

const API_TOKEN = '0123456789abcdef'
const TWO_HOURS_MS = 7_200_000

/** Sets the wall clock forward, or back, until the end of the test. */
function setClock(t: Test, byMs: number): void {
  const { now } = Date
  t.intercept(Date, 'now', { value: () => now() + byMs })
}

const get = async (app: FastifyInstance, remoteAddress: string, url = '/presets', authorization = '') =>
  (await app.inject({ url, remoteAddress, headers: { authorization } })).statusCode

t.test('P44: requests and changes of one IPv6 /64 are counted together', async (t) => {
  const app = await build(t, { RATE_LIMIT_READS: 2, RATE_LIMIT_WRITES: 1 })
  t.same([await get(app, '2001:db8:1:2::1'), await get(app, '2001:db8:1:2:ffff::2')], [200, 200])
  t.equal(await get(app, '2001:db8:1:2:3:4:5:6'), 429)
  t.equal(await get(app, '2001:db8:1:3::1'), 200, 'another /64')
  const change = (remoteAddress: string) => app.inject({ method: 'POST', url: '/presets', remoteAddress, payload: {} })
  t.equal((await change('2001:db8:1:2::1')).statusCode, 400)
  t.equal((await change('2001:db8:1:2::2')).statusCode, 429)
})

t.test('P44: an IPv4 address is the same client in either spelling', async (t) => {
  const app = await build(t, { RATE_LIMIT_READS: 1 })
  t.same(
    [await get(app, '192.0.2.1'), await get(app, '::ffff:192.0.2.1'), await get(app, '192.0.2.2')],
    [200, 429, 200]
  )
})

t.test('P44: wrong tokens of one /64 are counted together, over HTTP and Socket.IO', async (t) => {
  const { app, url } = await serve(t, { API_TOKEN, RATE_LIMIT_DENIED: 2, TRUST_PROXY: true })
  const knock = (address: string) => {
    const headers = { extraHeaders: { 'x-forwarded-for': address }, auth: { token: 'wrong' } }
    const socket = io(url, {
      path: '/socket/io',
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      ...headers
    })
    t.teardown(() => void socket.disconnect())
    return new Promise<string>((resolve) => socket.on('connect_error', ({ message }) => resolve(message)))
  }
  t.match(await knock('2001:db8::1'), /Missing or unknown token/)
  t.equal(await get(app, '2001:db8::2', '/presets', 'Bearer wrong'), 401)
  t.match(await knock('2001:db8::3'), /More than 2 wrong tokens/)
  t.equal(await get(app, '2001:db8::4', '/presets', 'Bearer wrong'), 429)
  t.equal(await get(app, '2001:db8::4', '/presets', `Bearer ${API_TOKEN}`), 200)
})

t.test('P44: counting is bounded, however many clients there are', async (t) => {
  const store = new RateLimitStore()
  const count = (key: string) => {
    let current = 0
    store.incr(key, (_, state) => (current = state?.current ?? 0), 60_000)
    return current
  }
  t.same([count('first'), count('first')], [1, 2])
  for (let i = 0; i < 10_000; i++) count(`client ${i}`)
  t.equal(count('first'), 1, 'the oldest is forgotten')
  t.equal(count('client 9999'), 2, 'a newer one is not')
})

for (const byMs of [-TWO_HOURS_MS, TWO_HOURS_MS])
  t.test(`P48: a clock set by ${byMs} ms neither ends nor prolongs a limit`, async (t) => {
    const app = await build(t, { RATE_LIMIT_READS: 2 })
    const ask = () => app.inject('/presets')
    t.equal((await ask()).statusCode, 200)
    setClock(t, byMs)
    t.equal((await ask()).statusCode, 200)
    const refused = await ask()
    t.equal(refused.statusCode, 429)
    t.ok(Number(refused.headers['retry-after']) <= 60, String(refused.headers['retry-after']))
  })

t.test('P48: health and metrics are never limited', async (t) => {
  const app = await build(t, { RATE_LIMIT_READS: 1, RATE_LIMIT_DENIED: 1, API_TOKEN })
  const authorization = `Bearer ${API_TOKEN}`
  for (const status of [200, 429, 429]) t.equal(await get(app, '192.0.2.1', '/presets', authorization), status)
  for (const status of [401, 429])
    t.equal(await get(app, '192.0.2.1', '/readyz', 'Bearer wrong'), status, 'guessing is')
  for (let i = 0; i < 3; i++)
    for (const url of ['/healthz', '/readyz', '/metrics']) t.equal(await get(app, '192.0.2.1', url, authorization), 200)
})
