import { io } from 'socket.io-client'
import t from 'tap'
import type { Operation } from '../../../schemas/operation.ts'
import { until } from '../../helper.ts'
import { askedFor, bulk, ended, look, quietFleet, run, tally } from './helper.ts'

const one = { profiles: ['gamma-601-v2.12.2'] }
const settings = { frequency: 490 }

t.test('a cancelled operation starts no further device, and ends when the running one has', async (t) => {
  const { app, fleet, miners } = await quietFleet(t, { devices: 5, ...one })
  const [first] = miners
  if (!first) throw new Error('no miner')
  first.fault('hang')
  const asked = askedFor(first, 'GET')
  const { data } = await bulk(app, { filter: {}, action: 'settings', settings, concurrency: 1 })
  await asked
  const cancel = async () => {
    const answer = await app.inject({ method: 'DELETE', url: `/operations/${data.id}` })
    t.equal(answer.statusCode, 200)
    return answer.json().data
  }
  t.match(await cancel(), { status: 'cancelling', counts: { running: 1, skipped: 4 } })
  t.match(await cancel(), { status: 'cancelling' }, 'twice is once')
  const operation = await ended(app, data.id)
  t.equal(operation.status, 'cancelled')
  t.match(operation.devices[0], { mac: first.mac, status: 'failed', code: 'MINER_TIMEOUT' })
  for (const row of operation.devices.slice(1)) t.match(row, { status: 'skipped', reason: 'cancelled' })
  t.match(await cancel(), { status: 'cancelled', counts: operation.counts }, 'and later it changes nothing')
  t.equal(fleet.counters().writes, 0)
})

t.test('after the allowed number of failures the rest is skipped', async (t) => {
  const { app, fleet, miners } = await quietFleet(t, { devices: 6, ...one })
  for (const miner of [miners[1], miners[2]]) miner?.fault('refuseWrites')
  const body = { filter: {}, action: 'settings', settings, concurrency: 1, stopAfterFailures: 2 }
  const operation = await run(app, body)
  t.equal(operation.status, 'stopped')
  t.strictSame(tally(operation), { applied: 1, failed: 2, skipped: 3 })
  for (const row of operation.devices.slice(3)) t.match(row, { status: 'skipped', reason: 'stopped after 2 failures' })
  t.equal(fleet.counters().writes, 3)
})

t.test('a setting that a miner accepts but does not apply counts as a failure', async (t) => {
  const { app, miners } = await quietFleet(t, { devices: 2, ...one })
  miners[0]?.fault('ignoreWrites')
  const body = { filter: {}, action: 'settings', settings, concurrency: 1, stopAfterFailures: 1 }
  t.strictSame(tally(await run(app, body)), { notApplied: 1, skipped: 1 })
})

t.test('two operations take a device one after the other, as they were accepted', async (t) => {
  const { app, miners } = await quietFleet(t, { devices: 2, latencyMs: 30, ...one })
  const ids = []
  for (const frequency of [490, 550, 600]) {
    ids.push((await bulk(app, { filter: {}, action: 'settings', settings: { frequency } })).data.id)
  }
  const operations = await Promise.all(ids.map((id) => ended(app, id)))
  for (const [i, { mac, info, writes }] of miners.entries()) {
    t.equal(info().frequency, 600)
    t.equal(writes.length, 3)
    const [a, b, c] = operations.map(({ devices }) => devices[i])
    t.ok(a?.finishedAt && b?.startedAt && a.finishedAt <= b.startedAt, mac)
    t.ok(b?.finishedAt && c?.startedAt && b.finishedAt <= c.startedAt, mac)
  }
})

t.test('an operation that waits for another one can be cancelled', async (t) => {
  const { app, miners } = await quietFleet(t, { devices: 1, ...one }, { POLL_TIMEOUT_MS: 5000 })
  miners[0]?.fault('hang')
  const first = await bulk(app, { filter: {}, action: 'settings', settings })
  const second = await bulk(app, { filter: {}, action: 'settings', settings })
  await app.inject({ method: 'DELETE', url: `/operations/${second.data.id}` })
  t.match(await ended(app, second.data.id), { status: 'cancelled', counts: { skipped: 1 } })
  t.match(await look(app, first.data.id), { status: 'running', counts: { running: 1 } })
})

t.test('devices that are not imprinted, or no longer imprinted, are skipped and named', async (t) => {
  const { app, miners, macs } = await quietFleet(t, { devices: 3, ...one })
  const [first, second] = miners
  if (!first || !second) throw new Error('no miner')
  first.fault('hang')
  const asked = askedFor(first, 'GET')
  const body = { macs: [...macs, '02:00:00:00:00:01'], action: 'settings', settings, concurrency: 1 }
  const { data } = await bulk(app, body)
  t.equal(data.total, 4)
  await asked
  await app.devices.remove(second.mac)
  const operation = await ended(app, data.id)
  const row = (mac: string) => operation.devices.find((device) => device.mac === mac)
  t.match(row('02:00:00:00:00:01'), { status: 'skipped', reason: 'not imprinted' })
  t.match(row(second.mac), { status: 'skipped', reason: 'no longer imprinted' })
  t.equal(second.writes.length, 0)
})

t.test('a device that is removed while its command is in progress is unknown', async (t) => {
  const { app, miners } = await quietFleet(t, { devices: 1, ...one }, { POLL_TIMEOUT_MS: 5000 })
  const [miner] = miners
  if (!miner) throw new Error('no miner')
  miner.fault('hang')
  const asked = askedFor(miner, 'GET')
  const { data } = await bulk(app, { filter: {}, action: 'settings', settings })
  await asked
  await app.devices.remove(miner.mac)
  t.match((await ended(app, data.id)).devices, [{ status: 'unknown', reason: /removed/ }])
})

t.test('progress is sent to every Socket.IO client, and the last update is the final state', async (t) => {
  const { app, url } = await quietFleet(t, { devices: 20, ...one })
  const clients = [1, 2].map(() => io(url, { path: '/socket/io', transports: ['websocket'] }))
  const heard = clients.map((socket) => {
    t.teardown(() => void socket.disconnect())
    const updates: Operation[] = []
    socket.on('operation_update', (operation: Operation) => updates.push(operation))
    return updates
  })
  await until('both are connected', () => clients.every((socket) => socket.connected))
  const { data } = await bulk(app, { filter: {}, action: 'identify' })
  const { devices: _devices, ...header } = await ended(app, data.id)
  for (const updates of heard) {
    t.same(await until('the end is heard', () => updates.find((update) => update.finishedAt)), header)
    t.ok(updates.length > 1, 'and what came before')
    t.equal(updates.at(-1)?.status, 'done')
  }
})
