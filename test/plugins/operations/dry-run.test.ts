import t from 'tap'
import { bulk, preset, quietFleet, run } from './helper.ts'

const OUTCOMES = {
  applied: 'would change',
  unchanged: 'unchanged',
  notApplied: 'would fail',
  failed: 'would fail'
} as const

t.test('a dry run writes nothing, and predicts exactly what the run does to each miner', async (t) => {
  const { app, fleet, miners } = await quietFleet(t, { devices: 22 }, { POLL_TIMEOUT_MS: 1500 })
  const presetUuid = await preset(app, { stratumPassword: 'planted' })
  const already = miners.slice(0, 3).map((miner) => miner.mac)
  await run(app, { macs: already, action: 'preset', presetUuid })
  miners.at(-1)?.fault('hang')

  for (const wanted of [
    { action: 'preset', presetUuid },
    // Within the lists of only some boards, and unknown to some firmware
    { action: 'settings', settings: { frequency: 600, autofanspeed: 2, statsFrequency: 60 } }
  ]) {
    fleet.resetCounters()
    const { status, data } = await bulk(app, { filter: {}, ...wanted, dryRun: true })
    t.equal(status, 200)
    t.equal(fleet.counters().writes, 0)
    t.equal(data.total, 22)
    const operation = await run(app, { filter: {}, ...wanted })
    const outcomes = operation.devices.map(({ mac, status }) => [mac, OUTCOMES[status as keyof typeof OUTCOMES]])
    t.same(
      data.devices.map(({ mac, verdict }) => [mac, verdict]),
      outcomes
    )
    t.same(
      data.devices.map(({ mac, changes }) => [mac, changes]),
      operation.devices.map(({ mac, applied = [] }) => [mac, applied])
    )
    t.same(
      [data.wouldChange, data.unchanged, data.wouldFail],
      ['would change', 'unchanged', 'would fail'].map((wanted) => outcomes.filter(([, is]) => is === wanted).length)
    )
    t.ok(data.wouldChange > 0 && data.wouldFail > 0, JSON.stringify(data))
    t.match(data.devices.at(-1), { verdict: 'would fail', code: 'MINER_TIMEOUT', reason: String, ip: String })
  }
})

t.test('a dry run of a command names the devices whose firmware lacks it, and contacts no miner', async (t) => {
  const { app, fleet } = await quietFleet(t, { devices: 2, profiles: ['gamma-601-v2.15.3', 'gamma-601-v2.9.0'] })
  fleet.resetCounters()
  const { data } = await bulk(app, { filter: {}, action: 'pause', dryRun: true })
  t.equal(fleet.counters().requests, 0)
  t.match(data, { total: 2, wouldChange: 1, wouldFail: 1 })
  for (const { mac, verdict, reason } of data.devices) {
    const { version } = fleet.miner(mac)
    t.equal(verdict, version === 'v2.15.3' ? 'would change' : 'would fail')
    if (verdict === 'would fail') t.match(reason, 'v2.9.0')
  }
})
