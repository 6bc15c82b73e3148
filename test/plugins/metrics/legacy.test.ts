import { spawnSync } from 'node:child_process'
import t from 'tap'
import { LEGACY_FAMILIES } from '../../../plugins/metrics/legacy-families.ts'
import { resolvePrefixes } from '../../../plugins/metrics/legacy-names.ts'
import { lacks } from '../../deploy/tools.ts'
import { aDevice, aReading, buildMetrics, linesOf, MAC, OTHER_MAC, valueOf } from './helper.ts'

const on = { LEGACY_METRICS: true }
const suffixes = Object.keys(LEGACY_FAMILIES)
const called = (mac: string, hostname: string | null) => aDevice({ mac, reading: aReading({}, { hostname }) })

/** The prefixes of devices that are called so, in their order. */
function prefixesOf(...hostnames: (string | null)[]): (string | undefined)[] {
  const devices = hostnames.map((hostname, i) => ({ mac: `bc:dd:c2:00:00:0${i + 1}`, hostname }))
  const prefixes = resolvePrefixes(devices, suffixes)
  return devices.map(({ mac }) => prefixes.get(mac))
}

t.test('older dashboards find every value under the host name, in their units', async (t) => {
  const { scrape } = await buildMetrics(t, [called(MAC, 'attic 1')], on)
  const text = await scrape()
  t.same(
    linesOf(text, 'attic__1_').map((line) => line.replace('attic__1_', '')),
    [
      ...[
        'power_watts 18.5',
        'voltage_volts 5.04',
        'current_amps 3.67',
        'fanspeed_rpm 4200',
        'temperature_celsius 61.5'
      ],
      ...['hashrate_ghs 1250', 'shares_accepted 1000', 'shares_rejected 7', 'uptime_seconds 86400'],
      ...['free_heap_bytes 8200000', 'core_voltage_volts 1.15', 'core_voltage_actual_volts 1.142', 'frequency_mhz 525'],
      'efficiency 14.8'
    ]
  )
})

t.test('without LEGACY_METRICS there is nothing of it', async (t) => {
  const { scrape } = await buildMetrics(t, [called(MAC, 'attic')])
  t.notMatch(await scrape(), /^(# TYPE )?(attic_|total_|hardware_|shares_by_pool|firmware_version)/m)
})

t.test('P08 the totals, versions and pools are those of the online devices', async (t) => {
  const other = aReading(
    { hashrateHps: 0.75e12, powerWatts: 11.5, sharesAccepted: 5 },
    { pool: 'a.example:1', version: 'v2' }
  )
  const { devices, imprinted, scrape } = await buildMetrics(
    t,
    [called(MAC, 'a'), aDevice({ mac: OTHER_MAC, reading: other })],
    on
  )
  imprinted.size = 4
  const fleet = async () => {
    const text = await scrape()
    const names = ['total_hardware', 'hardware_online', 'hardware_offline', 'total_hashrate', 'average_hashrate']
    return [...names, 'total_power_watts', 'total_efficiency'].map((name) => valueOf(text, name))
  }
  t.same(await fleet(), ['4', '2', '2', '2000', '1000', '30', '15'])
  const text = await scrape()
  t.equal(valueOf(text, 'firmware_version_distribution{version="v2.12.2"}'), '1')
  t.same(linesOf(text, 'shares_by_pool_accepted'), [
    'shares_by_pool_accepted{pool="Ocean Main"} 1000',
    'shares_by_pool_accepted{pool="a.example:1"} 5'
  ])
  devices[0] = aDevice({ state: 'offline' })
  t.same(await fleet(), ['4', '1', '3', '750', '750', '11.5', String(11.5 / 0.75)])
  t.same(linesOf(await scrape(), 'a_'), [])
  devices[1] = aDevice({ mac: OTHER_MAC, state: 'mismatch' })
  t.same(await fleet(), ['4', '0', '4', '0', undefined, '0', undefined])
})

t.test('P01 two devices with one host name both have the MAC in their names, also while one is offline', async (t) => {
  const { devices, scrape } = await buildMetrics(t, [called(MAC, 'bitaxe'), called(OTHER_MAC, 'bitaxe')], on)
  const names = ['bitaxe_bcddc2000001_power_watts 18.5', 'bitaxe_bcddc2000002_power_watts 18.5']
  t.same(
    linesOf(await scrape(), 'bitaxe_').filter((line) => line.includes('power')),
    names
  )
  devices[1] = { ...called(OTHER_MAC, 'bitaxe'), state: 'offline' }
  t.same(
    linesOf(await scrape(), 'bitaxe_').filter((line) => line.includes('power')),
    names.slice(0, 1)
  )
  devices.pop()
  t.equal(valueOf(await scrape(), 'bitaxe_power_watts'), '18.5')
})

t.test('P02 a host name that is no valid metric name, or is missing, gets the MAC appended', async (t) => {
  t.same(prefixesOf('2nd', '', null, 'a b', 'γ"\n'), [
    ...['_2nd_bcddc2000001', '__bcddc2000002', '__bcddc2000003', 'a__b', '______']
  ])
})

t.test('P02 names that become the same, or the same family, are told apart by the MAC', async (t) => {
  t.same(prefixesOf('a-b', 'a b', 'c'), ['a__b_bcddc2000001', 'a__b_bcddc2000002', 'c'])
  t.same(prefixesOf('a', 'a_core', 'a_cor'), ['a_bcddc2000001', 'a_core_bcddc2000002', 'a_cor'])
  t.same(prefixesOf('b', 'b', 'b_bcddc2000001'), ['b_bcddc2000001', 'b_bcddc2000002', 'b_bcddc2000001_bcddc2000003'])
})

t.test('P02 a host cannot take the name of another family', async (t) => {
  t.same(prefixesOf('total', 'pluto_device', 'totally'), ['total_bcddc2000001', 'pluto_device_bcddc2000002', 'totally'])
})

t.test('P02 no family is rendered twice, with any host names', async (t) => {
  const hostnames = ['total', 'pluto_device', '', '9', 'a', 'a_core', 'a', 'x"}\n# EOF', '🙂', '__', 'process', null]
  const devices = hostnames.map((hostname, i) => called(`bc:dd:c2:00:01:${String(i + 10)}`, hostname))
  const { scrape } = await buildMetrics(t, devices, on)
  for (const accept of ['text/plain', 'application/openmetrics-text']) {
    const names = [...(await scrape(accept)).matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name)
    t.same(
      names.filter((name, i) => names.indexOf(name) !== i || !/^[a-zA-Z_]\w*$/.test(name)),
      []
    )
    t.ok(names.length > hostnames.length * suffixes.length)
  }
})

t.test('promtool can read them, with remarks on nothing but their style', { skip: lacks('promtool') }, async (t) => {
  const { scrape } = await buildMetrics(t, [called(MAC, '1 "x'), called(OTHER_MAC, '')], on)
  const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: await scrape(), encoding: 'utf8' })
  t.ok(status === 0 || status === 3, stderr)
  t.notMatch(stderr, 'error while linting')
})
