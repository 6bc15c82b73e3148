import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { hostname } from 'node:os'
import t, { type Test } from 'tap'
import type { FastifyInstance } from 'fastify'
import { io } from 'socket.io-client'
import { WebSocket } from 'ws'
import { canonicalName, canonicalOrigin, isLoopback, parseHost } from '../../../plugins/security/host-names.ts'
import { build, serve } from '../../helper.ts'

const [label = ''] = hostname().split('.')
const FOREIGN = ['anything.local', 'ANYTHING.LOCAL', 'anything.local.', 'anything.local:3000', 'a.b.local', '.local']

const statusOf = async (app: FastifyInstance, host: string) =>
  (await app.inject({ url: '/presets', headers: { host } })).statusCode

for (const HOST of ['127.0.0.1', '127.5.6.7', '::1', 'localhost', 'LOCALHOST.', '::ffff:127.0.0.1'])
  t.test(`P42: bound to ${HOST}, the service answers to no name that a device of the network can claim`, async (t) => {
    const app = await build(t, { HOST, ALLOWED_HOSTS: 'pluto.local, Backend.' })
    for (const host of FOREIGN) t.equal(await statusOf(app, host), 403, host)
    const own = [hostname(), label, `${label}.local`, `${label}.local.:3000`, `${hostname().toUpperCase()}:80`]
    const names = [
      'localhost',
      'LocalHost.',
      '127.0.0.1:3000',
      '[::1]:3000',
      'pluto.local',
      'pluto.local.:1',
      'backend'
    ]
    for (const host of [...own, ...names]) t.equal(await statusOf(app, host), 200, host)
  })

t.test('P42: on the network, names of mDNS are allowed', async (t) => {
  for (const HOST of ['0.0.0.0', '::', '192.168.1.5', 'pluto.local'])
    t.equal(await statusOf(await build(t, { HOST }), 'anything.local'), 200, HOST)
})

t.test('P42: what counts is the address that the service listens on', async (t) => {
  const { app } = await serve(t, { HOST: 'some-name-for-loopback' })
  t.equal(await statusOf(app, 'anything.local'), 403)
})

/** The status of a WebSocket handshake, 101 when it opens. */
function upgrade(t: Test, url: string, host: string): Promise<number | undefined> {
  const socket = new WebSocket(url.replace('http', 'ws'), { headers: { host } })
  t.teardown(() => socket.terminate())
  return new Promise((resolve) => {
    socket.on('open', () => resolve(101))
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode))
    socket.on('error', () => undefined)
  })
}

async function polls(url: string, host: string): Promise<boolean> {
  const request = get(`${url}/socket/io?EIO=4&transport=polling`, { headers: { host } })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.resume()
  return response.statusCode === 200
}

function joins(t: Test, url: string, host: string): Promise<boolean> {
  const options = { path: '/socket/io', transports: ['websocket'], forceNew: true, reconnection: false }
  const socket = io(url, { ...options, extraHeaders: { host } })
  t.teardown(() => void socket.disconnect())
  return new Promise((resolve) => {
    socket.on('connect', () => resolve(true))
    socket.on('connect_error', () => resolve(false))
  })
}

t.test('P42: streams and Socket.IO check the name as requests do', async (t) => {
  const { url } = await serve(t)
  t.equal(await upgrade(t, `${url}/logs/stream`, 'anything.local'), 403)
  t.equal(await upgrade(t, `${url}/logs/stream`, 'localhost.'), 101)
  t.same([await polls(url, 'anything.local'), await joins(t, url, 'anything.local')], [false, false])
  t.same([await polls(url, 'LOCALHOST.:3000'), await joins(t, url, 'LOCALHOST.:3000')], [true, true])
})

t.test('P49: a name with a trailing dot, in any case and with any port is the same name', async (t) => {
  const same = ['pluto.local', 'PLUTO.local', 'pluto.local.', 'Pluto.Local.:3000', 'pluto.local:']
  for (const text of same) t.equal(parseHost(text)?.name, 'pluto.local', text)
  for (const text of ['[fe80::1%eth0]:3000', '[fe80::1%25eth0]', '[FE80::0001]'])
    t.equal(parseHost(text)?.name, 'fe80::1', text)
  t.equal(parseHost('127.0.0.1.:3000')?.name, '127.0.0.1')
  for (const text of [
    '',
    '.',
    '..',
    'a..',
    'x@127.0.0.1',
    'localhost/..',
    'localhost?a',
    'localhost#',
    'a b',
    '[::1',
    '::1'
  ])
    t.not(parseHost(text)?.name, 'localhost', text)
  t.equal(canonicalName('a..'), 'a..')
})

t.test('P49: an origin has one spelling, and its scheme and port count', async (t) => {
  const spellings = [
    'http://frontend.local',
    'HTTP://Frontend.Local./',
    'http://frontend.local:80',
    'http://frontend.local.:80'
  ]
  for (const origin of spellings) t.equal(canonicalOrigin(origin), 'http://frontend.local', origin)
  t.equal(canonicalOrigin('https://frontend.local:443'), 'https://frontend.local')
  t.equal(canonicalOrigin('http://[FE80::1%25eth0]:8080'), 'http://[fe80::1]:8080')
  for (const origin of ['null', 'nonsense', 'file://x', 'http://', 'http://a@b', 'http://a/b'])
    t.equal(canonicalOrigin(origin), null, origin)
})

t.test('P49: allowed origins and the own origin are recognized in each spelling', async (t) => {
  const app = await build(t, { CORS_ORIGINS: 'http://Frontend.local.:80/' })
  const post = (origin: string, host = 'localhost:3000') =>
    app.inject({ method: 'POST', url: '/presets', headers: { origin, host }, payload: {} })
  for (const origin of ['http://frontend.local', 'http://frontend.local.']) {
    const { statusCode, headers } = await post(origin)
    t.equal(statusCode, 400, origin)
    t.equal(headers['access-control-allow-origin'], origin)
  }
  for (const [origin, host] of [
    ['http://localhost:3000', 'localhost.:3000'],
    ['http://localhost.:3000', 'LOCALHOST:3000'],
    ['http://[fe80::1]:3000', '[fe80::1%eth0]:3000']
  ] as const)
    t.equal((await post(origin, host)).statusCode, 400, origin)
  for (const origin of ['http://frontend.local:8080', 'https://frontend.local', 'http://localhost:3001', 'null']) {
    const { statusCode, headers } = await post(origin)
    t.equal(statusCode, 403, origin)
    t.notOk(headers['access-control-allow-origin'])
  }
})

t.test('P49: loopback is recognized in each spelling, and nothing else is', async (t) => {
  for (const host of ['localhost', 'Localhost.', '127.0.0.1', '127.255.0.1', '::1', '[::1]', '::ffff:127.0.0.1'])
    t.equal(isLoopback(host), true, host)
  for (const host of ['0.0.0.0', '::', '192.168.1.5', '127.evil.example', 'localhost.evil', 'pluto.local'])
    t.equal(isLoopback(host), false, host)
})
