import { readFile } from 'node:fs/promises'
import t, { type Test } from 'tap'
import type { Config } from '../../../src/config.ts'
import { until } from '../../helper.ts'
import { arpTable, directoryWith, discoveryApp, mac, minerAt, serverAt, serviceAt } from './helper.ts'

const device = (n: number, fields: Record<string, unknown> = {}) => ({
  mac: mac(n),
  ip: `127.82.0.${n}`,
  type: 'Gamma',
  info: { hostname: `miner-${n}`, ASICModel: 'BM1370' },
  ...fields
})

function using(t: Test, { address }: { address: string }, overrides: Partial<Config> = {}) {
  return discoveryApp(t, { DISCOVERY_SERVICE_HOST: `http://${address}`, ...overrides })
}

t.test('the service is asked what the client asked, and nothing is searched from here', async (t) => {
  const service = await serviceAt(t, [device(1)])
  const bystander = await minerAt(t, '127.82.9.1', { macAddr: mac(9) })
  const { discovery } = await using(t, service, { DISCOVERY_NETWORKS: bystander.address })
  t.match(await discovery.discover({}), { length: 1, 0: { mac: mac(1), ip: '127.82.0.1', source: 'service' } })
  await discovery.discover({ ip: '127.82.0.1:8001' })
  await discovery.discover({ mac: 'BC-DD-C2-00-00-01' })
  await discovery.discover({ ip: '127.82.0.1', mac: mac(1) })
  await discovery.discovered({ macs: 'c2:00', hostnames: 'a,b', partialMacs: 'right' })
  const asked = service.requests.map((url) => decodeURIComponent(url))
  t.strictSame(asked, [
    '/discover',
    '/discover?ip=127.82.0.1:8001',
    `/discover?mac=${mac(1)}`,
    `/discover?ip=127.82.0.1&mac=${mac(1)}`,
    '/discovered?macs=c2:00&hostnames=a,b&partialMacs=right'
  ])
  t.strictSame(bystander.requests, [])
})

t.test('a service below a path is asked there', async (t) => {
  const service = await serviceAt(t, [])
  for (const slash of ['', '/']) {
    const host = `http://${service.address}/scan${slash}`
    const { app, discovery } = await discoveryApp(t, { DISCOVERY_SERVICE_HOST: host })
    await discovery.discover({})
    await app.close()
  }
  t.strictSame(service.requests, ['/scan/discover', '/scan/discover'])
})

t.test('P04 rows with MAC `unknown` are stored under info.macAddr, which is the truth', async (t) => {
  const told = { hostname: 'x', macAddr: 'BC:DD:C2:00:00:07' }
  const service = await serviceAt(t, [
    device(1, { mac: 'unknown', info: told }),
    device(2, { mac: mac(3), info: { macAddr: mac(8) } })
  ])
  const { db, discovery } = await using(t, service)
  t.match(await discovery.discover({}), { length: 2, 0: { mac: mac(7) }, 1: { mac: mac(8) } })
  t.strictSame(
    db.discovered.list().map((row) => row.mac),
    [mac(7), mac(8)]
  )
})

t.test('P04 a row with MAC `unknown` takes the one of the ARP table, else the one asked for, else none', async (t) => {
  const service = await serviceAt(t, [device(1, { mac: 'unknown' })])
  const { DATA_DIR, ARP_TABLE_FILE } = directoryWith(t, arpTable({ '127.82.0.1': mac(7) }))
  const arp = await using(t, service, { DATA_DIR, ARP_TABLE_FILE })
  t.match(await arp.discovery.discover({ ip: '127.82.0.1' }), { length: 1, 0: { mac: mac(7) } })

  const { db, discovery } = await using(t, service, { DATA_DIR: `${DATA_DIR}2`, ARP_TABLE_FILE: '/does/not/exist' })
  await t.rejects(discovery.discover({ ip: '127.82.0.1' }), { code: 'PLUTO_IDENTITY_UNKNOWN' })
  t.strictSame(await discovery.discover({}), [])
  t.strictSame(await discovery.discover({ mac: mac(4) }), [])
  t.equal(db.discovered.size, 0)
  t.match(await discovery.discover({ ip: '127.82.0.1', mac: mac(4) }), { length: 1, 0: { mac: mac(4) } })
})

t.test('P31 P33 rows that are invalid or outside DEVICE_NETWORKS are dropped one by one', async (t) => {
  const garbage = [
    null,
    'x',
    7,
    [],
    {},
    device(2, { ip: 5 }),
    device(2, { ip: 'evil.example/x?' }),
    device(2, { mac: 12 })
  ]
  const wrong = [
    device(2, { info: null }),
    device(2, { info: [] }),
    device(2, { type: {} }),
    device(2, { info: 'DEEP' })
  ]
  const text = JSON.stringify([...garbage, ...wrong, device(3, { ip: '169.254.169.254' }), device(1)])
  const deep = `${'{"deep":'.repeat(50_000)}1${'}'.repeat(50_000)}`
  const service = await serviceAt(t, text.replace('"DEEP"', deep))
  const { db, discovery } = await using(t, service)
  t.match(await discovery.discover({}), { length: 1, 0: { mac: mac(1) } })
  t.equal(db.discovered.size, 1)
})

t.test('P05 a query for exact MACs returns no others, even if the service does', async (t) => {
  const service = await serviceAt(t, [device(1), device(2)])
  const { discovery } = await using(t, service)
  t.match(await discovery.discovered({ macs: mac(2), partialMacs: 'none' }), { length: 1, 0: { mac: mac(2) } })
  t.match(await discovery.discover({ mac: mac(1) }), { length: 1, 0: { mac: mac(1) } })
})

t.test('P06 what the service remembers is stored, but never over what was seen', async (t) => {
  const service = await serviceAt(t, [device(1, { ip: '127.82.0.99' }), device(2)])
  const { db, discovery } = await using(t, service)
  const seen = '2020-01-01T00:00:00.000Z'
  const row = { mac: mac(1), ip: '127.82.0.1', type: 'x', info: {}, source: 'probe', firstSeen: seen, lastSeen: seen }
  await db.commit(() => [db.discovered.put(mac(1), row)])
  t.match(await discovery.discovered({}), { length: 2, 0: { ip: '127.82.0.99' } })
  t.strictSame(db.discovered.get(mac(1)), row)
  t.match(db.discovered.get(mac(2)), { ip: '127.82.0.2' })
})

t.test('P19 no password that the service tells reaches the store or the answer', async (t) => {
  const service = await serviceAt(t, [
    device(1, { info: { pools: [{ stratumPassword: 'hunter2' }], wifiPass: 'hunter2' } })
  ])
  const { db, discovery } = await using(t, service)
  t.notMatch(JSON.stringify(await discovery.discover({})), 'hunter2')
  t.notMatch(JSON.stringify(await discovery.discovered({})), 'hunter2')
  t.notMatch(JSON.stringify(db.discovered.list()), 'hunter2')
})

t.test('P31 an address outside of DEVICE_NETWORKS is refused before the service is asked', async (t) => {
  const service = await serviceAt(t, [])
  const { discovery } = await using(t, service)
  await t.rejects(discovery.discover({ ip: '169.254.169.254' }), { statusCode: 400, code: 'PLUTO_ADDRESS_NOT_ALLOWED' })
  t.strictSame(service.requests, [])
})

t.test('a service that fails is a 502 that says how', async (t) => {
  const failing: [string, unknown, number][] = [
    ['status 500', [], 500],
    ['status 204', '', 204],
    ['not JSON', '<html>', 200],
    ['not a list', { message: 'x' }, 200],
    ['not a list', 'null', 200],
    ['larger than', `["${'x'.repeat(33 * 1024 * 1024)}"]`, 200]
  ]
  for (const [reason, answer, status] of failing) {
    const service = await serviceAt(t, answer, status)
    const { app, discovery } = await using(t, service)
    const expected = { statusCode: 502, code: 'DISCOVERY_FAILED', message: new RegExp(reason) }
    await t.rejects(discovery.discover({}), expected, reason)
    await t.rejects(discovery.discovered({}), expected, reason)
    await app.close()
  }
})

t.test('P31 a redirect of the service is not followed', async (t) => {
  const inside = await serviceAt(t, [device(1)])
  const service = await serverAt(t, '127.0.0.1', (_request, response) =>
    response.writeHead(302, { location: `http://${inside.address}/discover` }).end()
  )
  const { discovery } = await using(t, service)
  await t.rejects(discovery.discover({}), { statusCode: 502, message: /status 302/ })
  t.strictSame(inside.requests, [])
})

t.test('a service that is down is a 502', async (t) => {
  const { discovery } = await using(t, { address: '127.0.0.1:9' })
  await t.rejects(discovery.discover({}), { statusCode: 502, message: /ECONNREFUSED/ })
})

t.test('a service that does not answer in time is a 504', async (t) => {
  const silent = await serverAt(t, '127.0.0.1', () => undefined)
  const endless = await serverAt(t, '127.0.0.1', (_request, response) => void response.write('['))
  for (const service of [silent, endless]) {
    const { app, discovery } = await using(t, service, { DISCOVERY_SERVICE_TIMEOUT_MS: 200 })
    await t.rejects(discovery.discover({}), { statusCode: 504, code: 'DISCOVERY_TIMEOUT', message: /200 ms/ })
    await app.close()
  }
})

t.test('P22 a miner is located through the service, which is asked once for all who wait', async (t) => {
  const { promise: everybodyWaits, resolve: answerNow } = Promise.withResolvers<undefined>()
  const service = await serverAt(t, '127.0.0.1', (_request, response) => {
    void everybodyWaits.then(() => response.end(JSON.stringify([device(1), device(2)])))
  })
  const { app, discovery } = await using(t, service)
  const locating = [mac(1), mac(2), mac(3)].map((wanted) => discovery.locate(wanted))
  await until('the service is asked', () => service.requests.length > 0)
  // Each of them reads the ARP table before it joins the search: reads that begin later and end are behind theirs.
  for (let i = 0; i < 10; i++) await readFile(app.config.ARP_TABLE_FILE).catch(() => undefined)
  answerNow(undefined)
  const located = await Promise.all(locating)
  t.match(located, [{ ip: '127.82.0.1' }, { ip: '127.82.0.2' }, null])
  t.strictSame(service.requests, ['/discover'])
})

t.test('locating answers null while the service fails', async (t) => {
  const service = await serviceAt(t, [], 500)
  const { discovery } = await using(t, service)
  t.equal(await discovery.locate(mac(1)), null)
})

t.test('a stop does not wait for the service', async (t) => {
  const service = await serverAt(t, '127.0.0.1', () => undefined)
  const { app, discovery } = await using(t, service)
  const search = t.rejects(discovery.discover({}), { statusCode: 503, code: 'PLUTO_CLOSING' })
  await app.close()
  await search
})
