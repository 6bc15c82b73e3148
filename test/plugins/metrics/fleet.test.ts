import t from 'tap'
import { aDevice, aReading, buildMetrics, linesOf, valueOf, MAC, OTHER_MAC } from './helper.ts'

const mac = (i: number) => `bc:dd:c2:00:00:${i.toString(16).padStart(2, '0')}`

t.test('devices are counted in every state, also in those that none is in', async (t) => {
  const states = ['online', 'online', 'offline', 'mismatch', 'restarting', 'connecting', 'conflict'] as const
  const { imprinted, scrape } = await buildMetrics(
    t,
    states.map((state, i) => aDevice({ mac: mac(i), state }))
  )
  imprinted.size = 10
  t.same(linesOf(await scrape(), 'pluto_devices'), [
    'pluto_devices{state="idle"} 3',
    'pluto_devices{state="connecting"} 1',
    'pluto_devices{state="online"} 2',
    'pluto_devices{state="offline"} 1',
    'pluto_devices{state="mismatch"} 1',
    'pluto_devices{state="conflict"} 1',
    'pluto_devices{state="restarting"} 1'
  ])
})

t.test('P08 the totals are those of the online devices', async (t) => {
  const second = aDevice({ mac: OTHER_MAC, reading: aReading({ powerWatts: 11.5, hashrateHps: 0.75e12 }) })
  const { devices, scrape } = await buildMetrics(t, [aDevice(), second])
  const totals = async () => {
    const text = await scrape()
    return ['hashrate_hashes_per_second', 'power_watts', 'efficiency_joules_per_terahash'].map((name) =>
      valueOf(text, `pluto_fleet_${name}`)
    )
  }
  t.same(await totals(), ['2000000000000', '30', '15'])
  devices[0] = aDevice({ state: 'offline' })
  t.same(await totals(), ['750000000000', '11.5', String(11.5 / 0.75)])
  const text = await scrape()
  t.equal(valueOf(text, 'pluto_firmware_devices{version="v2.12.2"}'), '1')
  t.equal(valueOf(text, 'pluto_pool_devices{pool="Ocean Main"}'), '1')
  devices[1] = aDevice({ mac: OTHER_MAC, state: 'mismatch' })
  t.same(await totals(), ['0', '0', undefined])
  t.same(linesOf(await scrape(), 'pluto_firmware_devices'), [])
})

t.test('P27 firmware and pools that no device has any more are gone', async (t) => {
  const { devices, scrape } = await buildMetrics(t, [aDevice()])
  await scrape()
  devices[0] = aDevice({ reading: aReading({}, { version: 'v2.15.3', pool: 'umbrel.local:2018' }) })
  const text = await scrape()
  t.same(linesOf(text, 'pluto_firmware_devices'), ['pluto_firmware_devices{version="v2.15.3"} 1'])
  t.same(linesOf(text, 'pluto_pool_devices'), ['pluto_pool_devices{pool="Public Pool Local"} 1'])
})

t.test('P27 a family has one type and one set of labels, and a name in _total if it is a counter', async (t) => {
  const bare = aReading({ fans: [] }, { hostname: null, model: null, asicModel: '', version: null, pool: null })
  const { bus, scrape } = await buildMetrics(t, [
    aDevice(),
    aDevice({ mac: OTHER_MAC, reading: bare }),
    aDevice({ mac: mac(3), state: 'offline', reading: null, lastPollAt: null })
  ])
  bus.emit('device.polled', { mac: MAC, reading: aReading(), durationMs: 40 })
  bus.emit('device.failed', { mac: mac(3), error: new Error('no'), durationMs: 40 })
  const text = await scrape()
  const types = [...text.matchAll(/^# TYPE (pluto_\w+) (\w+)$/gm)]
  t.ok(types.length > 30)
  t.equal(new Set(types.map(([, name]) => name)).size, types.length)
  for (const [, name = '', type] of types) {
    const samples = text.split('\n').filter((line) => new RegExp(`^${name}(_sum|_count)?[{ ]`).test(line))
    const shapes = samples.map((line) => [...line.matchAll(/[{,](\w+)="/g)].map(([, label]) => label).join())
    t.equal(new Set(shapes).size, 1, `${name}{${shapes[0]}}`)
    t.equal(type === 'counter', name.endsWith('_total'), `${name} is a ${type}`)
  }
})

t.test('pools have the names that dashboards know, else host and port', async (t) => {
  const pools = ['mine.ocean.xyz:3334', 'solo.ckpool.org:3333', 'solo.ckpool.org:4334', 'umbrel.local:2018', 'a.b:1']
  const { scrape } = await buildMetrics(
    t,
    pools.map((pool, i) => aDevice({ mac: mac(i), reading: aReading({}, { pool }) }))
  )
  const names = linesOf(await scrape(), 'pluto_pool_devices').map((line) => /"(.*)"/.exec(line)?.[1])
  t.same(names, ['Ocean Main', 'CKPool Main', 'CKPool High Diff', 'Public Pool Local', 'a.b:1'])
})

t.test('P33 one broken device does not spoil the totals', async (t) => {
  const broken = aReading({ powerWatts: NaN, hashrateHps: null, sharesAccepted: NaN }, { pool: null, version: null })
  const { scrape } = await buildMetrics(t, [aDevice(), aDevice({ mac: OTHER_MAC, reading: broken })])
  const text = await scrape()
  t.equal(valueOf(text, 'pluto_fleet_hashrate_hashes_per_second'), '1250000000000')
  t.equal(valueOf(text, 'pluto_fleet_power_watts'), '18.5')
  t.equal(valueOf(text, 'pluto_devices{state="online"}'), '2')
})

t.test('the efficiency of the fleet is that of the devices that report power and hashrate', async (t) => {
  const unmeasured = aDevice({ mac: mac(2), reading: aReading({ powerWatts: null, hashrateHps: 9e12 }) })
  const halted = aDevice({ mac: mac(3), reading: aReading({ powerWatts: 1.5, hashrateHps: 0 }) })
  const { scrape } = await buildMetrics(t, [aDevice({ mac: MAC }), unmeasured, halted])
  t.equal(valueOf(await scrape(), 'pluto_fleet_efficiency_joules_per_terahash'), '16')
})

t.test('an empty fleet hashes nothing', async (t) => {
  const { scrape } = await buildMetrics(t)
  const text = await scrape()
  t.equal(valueOf(text, 'pluto_fleet_hashrate_hashes_per_second'), '0')
  t.equal(valueOf(text, 'pluto_devices{state="online"}'), '0')
  t.same(linesOf(text, 'pluto_device_'), [])
  t.notMatch(text, /^# (HELP|TYPE) pluto_device_/m)
})

t.test('P24 polls compute no totals, a scrape reads the fleet once', async (t) => {
  const { bus, counts, scrape } = await buildMetrics(t, [aDevice()])
  for (let i = 0; i < 1000; i++) bus.emit('device.polled', { mac: mac(i % 256), reading: aReading(), durationMs: 5 })
  t.equal(counts.snapshots, 0)
  await scrape()
  t.equal(counts.snapshots, 1)
})

t.test('a fleet of several chunks has each family once, with a sample for each device', async (t) => {
  const many = Array.from({ length: 2500 }, (_, i) => aDevice({ mac: `bc:dd:c2:00:${i >> 8}:${i & 255}` }))
  const { scrape } = await buildMetrics(t, many)
  const text = await scrape()
  t.equal(linesOf(text, 'pluto_device_power_watts{').length, 2500)
  t.equal(linesOf(text, 'pluto_device_info{').length, 2500)
  const heads = text.match(/^# TYPE \S+/gm) ?? []
  t.equal(new Set(heads).size, heads.length)
})
