import t from 'tap'
import { build, reach, simulate, watchFleet } from '../../helper.ts'

t.test('a miner that nothing identifies is refused or accepted, as the caller says', async (t) => {
  const fleet = await simulate(t, { devices: 1, profiles: ['v2.1.8'] })
  const [miner] = fleet.miners
  if (!miner) throw new Error('no miner')
  const { deviceHub, devices, discovery } = await build(t, { ...reach(fleet), AUTO_LISTEN: false })
  await discovery.discover({ ip: miner.address, mac: miner.mac })
  await devices.imprint([miner.mac])
  let calls = 0
  const task = async ({ address }: { address: { text: string } }) => {
    calls++
    return address.text
  }
  await t.rejects(deviceHub.withMiner(miner.mac, task, { unidentified: 'refuse' }), {
    code: 'PLUTO_IDENTITY_UNCONFIRMED'
  })
  t.equal(calls, 0, 'the task does not run')
  t.equal(await deviceHub.withMiner(miner.mac, task, { unidentified: 'accept' }), miner.address)
})

t.test('P22 a task that meets another miner does not run, and its device is followed', async (t) => {
  const { app, fleet } = await watchFleet(t, { devices: 2 }, { POLL_INTERVAL_MS: 600_000, AUTO_LISTEN: false })
  const [a, b] = fleet.miners.map((miner) => miner.mac) as [string, string]
  app.deviceHub.watch([a, b])
  fleet.swap(a, b)
  const task = async () => t.fail('the task must not run')
  for (const mac of [a, b]) {
    await t.rejects(app.deviceHub.withMiner(mac, task, { unidentified: 'accept' }), { code: 'MINER_MISMATCH' })
  }
  t.equal(app.deviceHub.get(b)?.ip, fleet.miner(b).address, 'the task of the other device has met it there')
})

t.test('tasks with one miner run one after the other, and one that fails does not stop the next', async (t) => {
  const { app, fleet } = await watchFleet(t, { devices: 1 }, { AUTO_LISTEN: false })
  const mac = fleet.miners[0]?.mac ?? ''
  let running = 0
  const task = (fails: boolean) => async () => {
    t.equal(++running, 1)
    await app.axeos.readInfo(app.axeos.parseAddress(fleet.miners[0]?.address ?? ''))
    running--
    if (fails) throw new Error('this one fails')
  }
  const run = (fails: boolean) => app.deviceHub.withMiner(mac, task(fails), { unidentified: 'refuse' })
  const results = await Promise.allSettled([run(true), run(false), run(false)])
  t.same(
    results.map(({ status }) => status),
    ['rejected', 'fulfilled', 'fulfilled']
  )
})
