import t from 'tap'
import type { Operation, OperationDetail } from '../../../schemas/operation.ts'
import { build, simulate, until } from '../../helper.ts'
import { Backend } from '../../support/process.ts'
import { askedFor, bulk, look, quietFleet, tally } from './helper.ts'

const INTERRUPTED = 'interrupted by a restart of the backend'
const settings = { frequency: 490 }
const gamma = ['gamma-601-v2.12.2']

async function send<T>(url: string, method = 'GET', body?: object): Promise<T> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url, { method, ...(body && { headers, body: JSON.stringify(body) }) })
  return ((await answer.json()) as { data: T }).data
}

t.test('after kill -9 exactly the devices whose outcome is unknown are named, and nothing is repeated', async (t) => {
  const fleet = await simulate(t, { devices: 30, profiles: gamma, latencyMs: 10 })
  const env = {
    DEVICE_NETWORKS: '127.0.0.0/8',
    DISCOVERY_NETWORKS: fleet.miners.map((miner) => miner.address).join(','),
    DATA_DIR: t.testdir(),
    AUTO_LISTEN: 'false'
  }
  const first = new Backend(t, env)
  const url = await first.url()
  await fetch(`${url}/devices/discover`)
  await send(`${url}/devices/imprint`, 'PUT', { macs: fleet.miners.map((miner) => miner.mac) })
  // One waits for its read-back, one for its first answer: the one was written to, the other was not.
  const [early, written] = [...fleet.miners].sort((a, b) => (a.mac < b.mac ? -1 : 1))
  if (!early || !written) throw new Error('no miner')
  early.fault('hang')
  written.onRequest = ({ method }) => {
    if (method === 'PATCH') written.fault('hang', { path: '/api/system/info' })
  }
  const body = { filter: {}, action: 'settings', settings, concurrency: 4 }
  const { id } = await send<Operation>(`${url}/devices/bulk`, 'POST', body)
  await until('some are through, and the one is written', () => fleet.counters().writes >= 8 && written.writes.length)
  await first.stop('SIGKILL')
  const writes = fleet.miners.map((miner) => miner.writes.length)

  const second = new Backend(t, env)
  const again = await second.url()
  const operation = await send<OperationDetail>(`${again}/operations/${id}`)
  t.match(operation, { status: 'interrupted', total: 30, finishedAt: String })
  const withStatus = (status: string) => operation.devices.filter((row) => row.status === status)
  const unknown = withStatus('unknown').map((row) => row.mac)
  t.ok(unknown.includes(early.mac) && unknown.includes(written.mac), 'both that wait')
  t.ok(unknown.length <= 4, 'and no more than ran at once')
  for (const row of withStatus('unknown')) t.equal(row.reason, INTERRUPTED)
  for (const row of withStatus('skipped')) {
    t.equal(row.reason, INTERRUPTED)
    t.equal(fleet.miner(row.mac).requests, fleet.miner(row.mac).infoRequests, 'was never asked for anything')
    t.equal(fleet.miner(row.mac).writes.length, 0)
  }
  for (const row of withStatus('applied')) t.equal(fleet.miner(row.mac).writes.length, 1)
  t.same(
    Object.values(tally(operation)).reduce((sum, devices) => sum + devices),
    30
  )

  t.match(await send(`${again}/operations/${id}`, 'DELETE'), { status: 'interrupted' })
  await fetch(`${again}/devices/discover`)
  t.same(
    fleet.miners.map((miner) => miner.writes.length),
    writes
  )
})

t.test('a clean stop lets the running device finish, and skips the others', async (t) => {
  const DATA_DIR = t.testdir()
  const { app, fleet, miners } = await quietFleet(t, { devices: 4, profiles: gamma }, { DATA_DIR })
  const [first] = miners
  if (!first) throw new Error('no miner')
  first.fault('slow', { ms: 50 })
  const asked = askedFor(first, 'GET')
  const { data } = await bulk(app, { filter: {}, action: 'settings', settings, concurrency: 1 })
  await asked
  await app.close()
  t.equal(first.writes.length, 1)
  const writes = fleet.counters().writes

  const again = await build(t, { DATA_DIR, AUTO_LISTEN: false })
  const operation = await look(again, data.id)
  t.strictSame(tally(operation), { applied: 1, skipped: 3 })
  t.match(operation, { status: 'interrupted', devices: [{ mac: first.mac, status: 'applied' }] })
  for (const row of operation.devices.slice(1)) t.match(row, { status: 'skipped', reason: INTERRUPTED })
  t.equal(fleet.counters().writes, writes)
})

t.test('a clean stop does not wait for ever: what still runs then is unknown', async (t) => {
  const DATA_DIR = t.testdir()
  const { app, miners } = await quietFleet(t, { devices: 3, profiles: gamma }, { DATA_DIR, POLL_TIMEOUT_MS: 60_000 })
  const [first] = miners
  if (!first) throw new Error('no miner')
  first.fault('hang')
  const asked = askedFor(first, 'GET')
  const { data } = await bulk(app, { filter: {}, action: 'settings', settings, concurrency: 1 })
  await asked
  await app.close()
  const again = await build(t, { DATA_DIR, AUTO_LISTEN: false })
  const operation = await look(again, data.id)
  t.equal(operation.status, 'interrupted')
  t.strictSame(tally(operation), { skipped: 2, unknown: 1 })
  t.match(operation.devices[0], { mac: first.mac, status: 'unknown', reason: INTERRUPTED })
})

t.test('a service that stops starts no operation', async (t) => {
  const { app } = await quietFleet(t, { devices: 1, profiles: gamma })
  await app.operations.close()
  t.match(await bulk(app, { filter: {}, action: 'identify' }), { status: 503, code: 'PLUTO_CLOSING' })
})

t.test('a device is touched only once its row is on disk', async (t) => {
  const { app, fleet } = await quietFleet(t, { devices: 3, profiles: gamma })
  const commit = app.db.commit
  let broken = false
  app.db.commit = async (plan, options) => {
    if (broken) throw new Error('no space left on device')
    await commit(plan, options)
  }
  app.bus.on('operation.progress', () => (broken = true))
  fleet.resetCounters()
  const { data } = await bulk(app, { filter: {}, action: 'settings', settings })
  const operation = await until('it has ended', () => {
    const now = app.operations.get(data.id)
    return now?.counts.failed === 3 ? now : null
  })
  t.equal(operation.total, 3)
  t.equal(fleet.counters().requests, 0)
})
