import { spawnSync } from 'node:child_process'
import t from 'tap'
import { valueOf } from './helper.ts'
import { until, watchFleet } from '../../helper.ts'

const DEVICES = 5
/** All of the fleet together, in H/s and W: a Gamma does 1.3 TH/s with 18 W. */
const MAX_HASHRATE = DEVICES * 3e12
const MAX_POWER = DEVICES * 40

const hasPromtool = spawnSync('promtool', ['--version']).error === undefined

t.test('P43 miners with absurd readings spoil no total, metric, event or history', async (t) => {
  const { app, url, fleet } = await watchFleet(
    t,
    { devices: DEVICES, profiles: ['v2.15.3', 'v2.10.1'] },
    { LEGACY_METRICS: true },
    { history: { sampleMs: 50 } }
  )
  const [absurd, spike] = fleet.miners
  const broken: string[] = []
  app.bus.on('device.polled', ({ reading: { telemetry } }) => {
    if ((telemetry.powerWatts ?? 0) < 0 || (telemetry.hashrateHps ?? 0) > 3e12) broken.push(JSON.stringify(telemetry))
  })
  absurd?.fault('absurd')
  spike?.fault('spike')
  const metrics = async () => (await fetch(`${url}/metrics`)).text()
  const rejected = (text: string, field: string) =>
    Number(valueOf(text, `pluto_readings_rejected_total{field="${field}"}`) ?? 0)
  let text = ''
  await until('both have been read', async () => {
    text = await metrics()
    return rejected(text, 'powerWatts') > 0 && rejected(text, 'hashrateHps') > 2
  })
  for (const name of ['pluto_fleet_power_watts', 'total_power_watts']) {
    const watts = Number(valueOf(text, name))
    t.ok(watts > 0 && watts < MAX_POWER, `${name} ${watts}`)
  }
  const hashrate = Number(valueOf(text, 'pluto_fleet_hashrate_hashes_per_second'))
  t.ok(hashrate > 1e12 && hashrate < MAX_HASHRATE, `${hashrate}`)
  t.equal(valueOf(text, `pluto_device_power_watts{mac="${absurd?.mac}"}`), undefined)
  t.notMatch(text, /e\+(?:[3-9]\d|\d{3})/)
  if (hasPromtool) t.equal(spawnSync('promtool', ['check', 'metrics'], { input: legacyFree(text) }).status, 0)
  const history = await (await fetch(`${url}/fleet/history?metric=hashrateHps`)).text()
  t.match(history, /points|values|samples|\[/)
  t.notMatch(history, /e\+?(?:[2-9]\d|\d{3})/)
  t.same(broken, [])
  t.equal(Reflect.get(app.devices.get(absurd?.mac ?? '')?.info ?? {}, 'power'), -1e308, 'info is as the miner sent it')
})

/** Names of older dashboards are no good style for promtool. */
const legacyFree = (text: string) =>
  text
    .split('\n')
    .filter((line) => /^(# \w+ )?(pluto|process|nodejs|http)_/.test(line))
    .join('\n')
    .concat('\n')
