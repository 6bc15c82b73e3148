import t, { type Test } from 'tap'
import type { FastifyInstance } from 'fastify'
import type { AuditEntry } from '../../../schemas/audit.ts'
import type { Config } from '../../../src/config.ts'
import { build, until } from '../../helper.ts'

// These tests mostly wait.
t.jobs = 4

const API_TOKEN = 'operator=0123456789abcdef'
const READ_TOKEN = 'grafana=fedcba9876543210'
const full = { authorization: 'Bearer 0123456789abcdef' }
const read = { authorization: 'Bearer fedcba9876543210' }
const MAC = 'bc:dd:c2:00:00:01'
const configuration = { stratumURL: 'pool.example.net', stratumPort: 3333, stratumUser: 'bc1planted' }

const secured = (t: Test, overrides: Partial<Config> = {}) =>
  build(t, { API_TOKEN, READ_TOKEN, AUTO_LISTEN: false, RATE_LIMIT_DENIED: 1000, ...overrides })

type Answer = { data: AuditEntry[]; total: number; nextCursor: string | null }
const trail = async (app: FastifyInstance, query = '') =>
  (await app.inject({ url: `/audit?${query}`, headers: read })).json<Answer>()

/** Imprints devices at addresses where nothing answers. */
async function imprint(app: FastifyInstance, count: number): Promise<string[]> {
  const macs = Array.from({ length: count }, (_, i) => `bc:dd:c2:00:01:${i.toString(16).padStart(2, '0')}`)
  const seen = { ip: '127.0.0.1:1', type: 'BM1370', info: {}, firstSeen: '2026-01-01', lastSeen: '2026-01-01' }
  await app.db.commit(() => macs.map((mac) => app.db.discovered.put(mac, { mac, source: 'sweep', ...seen })))
  await app.devices.imprint(macs)
  return macs
}

t.test('every change has one log line and one entry with its actor, action, devices and result', async (t) => {
  const app = await secured(t)
  const lines: unknown[] = []
  app.addHook('onRequest', async ({ log }) => {
    log.info = (...args: unknown[]) => void lines.push(args)
  })
  const macs = [MAC.toUpperCase(), 'bc-dd-c2-00-00-02']
  const ask = (method: 'PUT' | 'POST' | 'PATCH' | 'DELETE', url: string, payload?: object) =>
    app.inject({ method, url, headers: { ...full, 'x-request-id': 'mine' }, ...(payload && { payload }) })
  await ask('PUT', '/devices/imprint', { macs })
  await ask('POST', `/devices/${MAC}/system/restart`)
  const { uuid } = (await ask('POST', '/presets', { name: 'fleet', configuration })).json().data
  await ask('PATCH', `/devices/imprint/${MAC}`, { device: { presetUuid: uuid } })
  await ask('DELETE', `/presets/${uuid}`)
  await ask('POST', '/nowhere', {})
  const common = { actor: 'operator', ip: '127.0.0.1', requestId: 'mine', at: /^\d{4}-.*Z$/ }
  const { data, total } = await trail(app)
  t.match(data.toReversed(), [
    {
      ...common,
      method: 'PUT',
      route: '/devices/imprint',
      operationId: 'imprintDevices',
      devices: [MAC, 'bc:dd:c2:00:00:02'],
      deviceCount: 2,
      statusCode: 404,
      code: 'PLUTO_DEVICE_NOT_DISCOVERED'
    },
    { ...common, route: '/devices/:id/system/restart', action: 'Restart a miner', devices: [MAC], statusCode: 404 },
    { ...common, route: '/presets', action: 'Create a preset', preset: uuid, statusCode: 200, code: null },
    { ...common, route: '/devices/imprint/:id', devices: [MAC], preset: uuid, code: 'PLUTO_DEVICE_NOT_FOUND' },
    { ...common, route: '/presets/:id', preset: uuid, statusCode: 200, devices: [], deviceCount: 0 },
    { ...common, route: null, operationId: null, statusCode: 404, code: 'PLUTO_ROUTE_NOT_FOUND' }
  ])
  t.equal(total, 6)
  t.match(
    lines,
    data.toReversed().map(({ id: _, ...entry }) => [{ audit: entry }, 'audit'])
  )
})

t.test('refused changes have entries too, and of reading requests only those with a wrong token', async (t) => {
  const app = await secured(t, { RATE_LIMIT_WRITES: 4 })
  const post = (headers: Record<string, string>) =>
    app.inject({ method: 'POST', url: '/presets', headers, payload: {} })
  await post({})
  await post(read)
  await post({ ...full, origin: 'http://evil.example' })
  await post({ ...full, host: 'evil.example' })
  await post(full)
  await post(full)
  await post(full)
  for (const headers of [{}, read, { authorization: 'Bearer planted-wrong-token' }])
    await app.inject({ url: '/presets', headers })
  const { data } = await trail(app)
  t.same(
    data.toReversed().map(({ actor, method, statusCode, code }) => [actor, method, statusCode, code]),
    [
      [null, 'POST', 401, 'PLUTO_UNAUTHORIZED'],
      ['grafana', 'POST', 403, 'PLUTO_READ_ONLY_TOKEN'],
      [null, 'POST', 403, 'PLUTO_ORIGIN_NOT_ALLOWED'],
      [null, 'POST', 403, 'PLUTO_HOST_NOT_ALLOWED'],
      ['operator', 'POST', 400, 'PLUTO_INVALID_REQUEST'],
      ['operator', 'POST', 400, 'PLUTO_INVALID_REQUEST'],
      [null, 'POST', 429, 'PLUTO_TOO_MANY_REQUESTS'],
      [null, 'GET', 401, 'PLUTO_UNAUTHORIZED']
    ]
  )
  t.notMatch(JSON.stringify(data), 'planted')
})

t.test('an entry keeps only MACs and UUIDs of a path and body', async (t) => {
  const app = await secured(t)
  const secret = 'planted-secret'
  const requests: [string, unknown][] = [
    [`/devices/${secret}/system/restart?token=${secret}`, { [secret]: secret }],
    ['/presets', { name: secret, configuration: { ...configuration, stratumPassword: secret } }],
    ['/devices/bulk', { action: secret, macs: [secret, { secret }], presetUuid: secret, settings: { secret } }],
    ['/devices/bulk', { action: 'planted', macs: secret }],
    ['/devices/bulk', [secret]],
    [`/${secret}`, secret]
  ]
  for (const [url, payload] of requests)
    await app.inject({
      method: 'POST',
      url,
      headers: { ...full, 'content-type': 'application/json' },
      payload: JSON.stringify(payload)
    })
  const { data } = await trail(app)
  t.equal(data.length, requests.length)
  t.notMatch(JSON.stringify(data), secret)
  t.ok(data.every(({ devices }) => devices.length === 0))
})

t.test('the trail is filtered by device, actor, action and time, and divided into pages', async (t) => {
  const app = await secured(t)
  const macs = await imprint(app, 60)
  const bulk = { method: 'POST', url: '/devices/bulk', headers: full } as const
  const { data: operation } = (await app.inject({ ...bulk, payload: { filter: {}, action: 'pause' } })).json()
  await app.inject({ ...bulk, payload: { macs, action: 'identify', dryRun: true } })
  const last = await until('both are there', async () => (await trail(app)).data[1] && (await trail(app)).data[0]?.at)
  await until('time has passed', () => new Date().toISOString() > last)
  const between = new Date().toISOString()
  await app.inject({ method: 'DELETE', url: `/devices/imprint/${macs[59]}`, headers: full })
  await app.inject({ method: 'DELETE', url: '/presets', headers: read })

  const ids = async (query: string) => (await trail(app, query)).data.map(({ id }) => id)
  const [fourth = '', third = '', second = '', first = ''] = await ids('')
  t.same([first, second, third, fourth].map(Number), [1, 2, 3, 4])
  t.match((await trail(app)).data.slice(2), [
    { action: /: identify \(dry run\)$/, devices: { length: 50 }, deviceCount: 60, operation: undefined },
    { action: /: pause$/, devices: [], deviceCount: 60, operation: operation.id }
  ])
  t.same(await ids(`mac=${macs[59]?.toUpperCase()}`), [third, first], 'an operation counts for each of its devices')
  t.same(await ids(`mac=${macs[0]}`), [second, first])
  t.same(await ids('actor=grafana'), [fourth])
  t.same(await ids('action=IDENTIFY'), [second])
  t.same(await ids('action=changedevices'), [second, first])
  t.same(await ids(`since=${between}`), [fourth, third])
  t.same(await ids(`until=${between}&action=pause`), [first])
  t.same(await ids('sort=at&limit=1'), [first])
  const page = await trail(app, 'limit=3')
  t.match([page.total, page.data.length], [4, 3])
  t.same(await ids(`limit=3&cursor=${page.nextCursor}`), [first])
  for (const query of ['limit=0', 'mac=all', 'since=yesterday', 'cursor=nonsense', 'sort=ip'])
    t.equal((await app.inject({ url: `/audit?${query}`, headers: read })).statusCode, 400, query)
})

t.test('the newest entries survive a restart, and their ids continue', async (t) => {
  const DATA_DIR = t.testdir()
  const count = async (app: FastifyInstance, times: number) => {
    for (let i = 0; i < times; i++) await app.inject({ method: 'DELETE', url: '/presets', headers: full })
  }
  const first = await secured(t, { DATA_DIR, AUDIT_ENTRIES: 10 })
  await count(first, 12)
  await first.close()
  const second = await secured(t, { DATA_DIR, AUDIT_ENTRIES: 10 })
  const { data, total } = await trail(second)
  t.equal(total, 10)
  t.match([data[0]?.id, data[9]?.id].map(Number), [12, 3])
  await count(second, 1)
  t.equal(Number((await trail(second)).data[0]?.id), 13)
  await until('the oldest is gone', async () => (await trail(second)).total === 10)
})

t.test('requests without an actor cannot displace the entries of actors', async (t) => {
  const app = await secured(t, { AUDIT_ENTRIES: 20 })
  await app.inject({ method: 'DELETE', url: '/presets', headers: full })
  for (let i = 0; i < 100; i++) await app.inject({ method: 'DELETE', url: '/presets' })
  const { data } = await until('it is stored and truncated', async () => {
    const answer = await trail(app)
    return answer.total === 3 ? answer : null
  })
  t.same(
    data.map(({ actor }) => actor),
    [null, null, 'operator']
  )
})

t.test('an audit trail that cannot be written fails no request, and is written later', async (t) => {
  const DATA_DIR = t.testdir()
  const app = await secured(t, { DATA_DIR })
  const { commit } = app.db
  const failed = Promise.withResolvers<undefined>()
  app.db.commit = async () => {
    failed.resolve(undefined)
    throw new Error('the disk is full')
  }
  const answer = await app.inject({ method: 'POST', url: '/nowhere', headers: full })
  t.equal(answer.statusCode, 404)
  await failed.promise
  t.equal((await trail(app)).total, 1)
  app.db.commit = commit
  await app.close()
  const again = await secured(t, { DATA_DIR })
  t.match((await trail(again)).data, [{ route: null, statusCode: 404 }])
})
