import t from 'tap'
import { build, until, watchFleet } from '../../helper.ts'

const ASIC = '/api/system/asic'

t.test('lists that a miner could not report are requested again, also after a restart of the backend', async (t) => {
  const DATA_DIR = t.testdir()
  const { app, fleet } = await watchFleet(t, { devices: 1, profiles: ['v2.12.2'] }, { DATA_DIR, AUTO_LISTEN: false })
  const [miner] = fleet.miners
  if (!miner) throw new Error('no miner')
  const source = (of: typeof app) => of.deviceHub.get(miner.mac)?.asicOptions?.source
  miner.fault('http500', { path: ASIC })
  app.deviceHub.watch([miner.mac])
  await until('the table stands in', () => source(app) === 'table')
  const { requests, infoRequests } = miner
  await until('it is polled four times', () => miner.infoRequests >= infoRequests + 4)
  t.equal(miner.requests - requests, miner.infoRequests - infoRequests, 'not asked at each poll')
  await app.close()

  miner.clearFaults()
  const again = await build(t, { DATA_DIR })
  await again.ready()
  await until('the miner has reported its own', () => source(again) === 'device')
})

t.test('lists that a miner could not report are requested again while it is watched', async (t) => {
  const { app, fleet } = await watchFleet(
    t,
    { devices: 1, profiles: ['v2.12.2'] },
    { AUTO_LISTEN: false },
    { deviceHub: { optionsRetryMs: 600 } }
  )
  const [miner] = fleet.miners
  miner?.fault('http500', { path: ASIC })
  app.deviceHub.watch([miner?.mac ?? ''])
  const source = () => app.deviceHub.get(miner?.mac ?? '')?.asicOptions?.source
  await until('the table stands in', () => source() === 'table')
  miner?.clearFaults()
  await until('the miner has reported its own', () => source() === 'device')
})
