import t from 'tap'
import { until, watchFleet } from '../../helper.ts'

const DRIPPING = 16
const ROUNDS = 15

t.test('P50: miners that send one byte at a time time out, and do not hold up the others', async (t) => {
  const { app, fleet } = await watchFleet(
    t,
    { devices: DRIPPING + 4 },
    { POLL_TIMEOUT_MS: 500, POLL_CONCURRENCY: DRIPPING + 4, RECOVERY_CONCURRENCY: 2 }
  )
  const dripping = new Set(fleet.miners.slice(0, DRIPPING).map(({ mac }) => mac))
  const polls = new Map(fleet.miners.slice(DRIPPING).map(({ mac }) => [mac, 0]))
  const codes = new Set<string>()
  const failed = new Set<string>()
  for (const miner of fleet.miners.slice(0, DRIPPING)) miner.fault('drip', { ms: 50 })
  app.bus.on('device.polled', ({ mac }) => polls.has(mac) && polls.set(mac, (polls.get(mac) ?? 0) + 1))
  app.bus.on('device.failed', ({ mac, error }) => {
    failed.add(mac)
    if ('code' in error) codes.add(String(error.code))
  })
  await until('every dripping miner is offline', () =>
    [...dripping].every((mac) => app.devices.get(mac)?.state === 'offline')
  )
  for (const mac of polls.keys()) polls.set(mac, 0)
  await until('the others were polled often', () => [...polls.values()].every((count) => count >= ROUNDS))
  const counts = [...polls.values()]
  t.ok(Math.max(...counts) - Math.min(...counts) <= 2, `all keep the same rhythm: ${counts.join(', ')}`)
  t.same([...codes], ['MINER_TIMEOUT'])
  t.same([...failed].sort(), [...dripping].sort(), 'no other miner missed a poll')
})
