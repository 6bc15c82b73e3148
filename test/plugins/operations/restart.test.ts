import t from 'tap'
import type { Miner } from '../../../src/simulator/types.ts'
import { watchFleet } from '../../helper.ts'
import { ended, bulk, quietFleet, run, tally } from './helper.ts'

const SHORTEST_UPTIME_S = 600

/** Counts, as the miners see it, how many are away at once: from the restart until they are asked how they are again. */
function watchAbsences(miners: readonly Miner[]) {
  const away = new Set<Miner>()
  const seen = { most: 0, restarts: 0 }
  for (const miner of miners) {
    miner.onRequest = ({ method, url }) => {
      if (method === 'POST' && url === '/api/system/restart') {
        away.add(miner)
        seen.restarts++
      } else if (Number(miner.info().uptimeSeconds) < SHORTEST_UPTIME_S) away.delete(miner)
      seen.most = Math.max(seen.most, away.size)
    }
  }
  return seen
}

t.test('a fleet restarts in waves: a tenth is away at most, until it was seen back', async (t) => {
  const { app, fleet } = await watchFleet(t, { devices: 30, bootTimeMs: [50, 150] }, { DISCOVERY_TIMEOUT_MS: 3000 })
  const seen = watchAbsences(fleet.miners)
  const { data } = await bulk(app, { filter: {}, action: 'restart', concurrency: 64 })
  t.equal(data.concurrency, 3)
  const operation = await ended(app, data.id)
  t.strictSame(tally(operation), { applied: 30 })
  t.same(seen, { most: 3, restarts: 30 })
})

t.test('a wave has at most ten devices, at least one, and as few as the client asks for', async (t) => {
  const { app, macs } = await quietFleet(t, { devices: 120, profiles: ['gamma-601-v2.12.2'], bootTimeMs: 0 })
  const waveOf = async (body: object) => (await bulk(app, { action: 'restart', ...body })).data.concurrency
  t.equal(await waveOf({ filter: {} }), 10)
  t.equal(await waveOf({ filter: {}, concurrency: 2 }), 2)
  t.equal(await waveOf({ macs: macs.slice(0, 3) }), 1)
})

t.test('a miner that does not come back in time has failed, and the next one gets its place', async (t) => {
  const options = { devices: 2, profiles: ['gamma-601-v2.12.2'], bootTimeMs: 60_000 }
  const { app } = await watchFleet(t, options, { RESTART_GRACE_MS: 1000 })
  const operation = await run(app, { filter: {}, action: 'restart' })
  t.match(operation.devices, [
    {
      status: 'failed',
      code: 'MINER_NOT_BACK',
      reason: 'The miner did not come back within 1 s: check its power and network'
    },
    {
      status: 'failed',
      code: 'MINER_NOT_BACK',
      reason: 'The miner did not come back within 1 s: check its power and network'
    }
  ])
  const [first, second] = operation.devices
  t.ok(first?.finishedAt && second?.startedAt && first.finishedAt <= second.startedAt)
})

t.test('a restart of a miner that is not monitored is applied, and noted as not confirmed', async (t) => {
  const { app, fleet } = await quietFleet(t, { devices: 1, profiles: ['gamma-601-v2.12.2'] })
  const seen = watchAbsences(fleet.miners)
  const operation = await run(app, { filter: {}, action: 'restart' })
  t.match(operation.devices, [{ status: 'applied', note: 'not monitored: restart not confirmed' }])
  t.equal(seen.restarts, 1)
})
