import t from 'tap'
import { readFileSync, readdirSync } from 'node:fs'
import { renderDevices } from '../../../plugins/metrics/devices.ts'
import { readFleet } from '../../../plugins/metrics/labels.ts'
import { toReading } from '../../../plugins/axeos/reading/telemetry.ts'
import { aDevice, aReading, buildMetrics, linesOf, valueOf, MAC, OTHER_MAC } from './helper.ts'

const CAPTURES = new URL('../../fixtures/info/', import.meta.url)
const capture = (name: string) => JSON.parse(readFileSync(new URL(name, CAPTURES), 'utf8'))

t.test('each value of an online device is one sample, in base units', async (t) => {
  const { scrape } = await buildMetrics(t, [aDevice()])
  t.same(linesOf(await scrape(), 'pluto_device_'), [
    `pluto_device_up{mac="${MAC}"} 1`,
    `pluto_device_info{mac="${MAC}",hostname="bitaxe",ip="192.168.1.20",model="Gamma",asic="BM1370",version="v2.12.2",pool="Ocean Main"} 1`,
    `pluto_device_power_watts{mac="${MAC}"} 18.5`,
    `pluto_device_input_volts{mac="${MAC}"} 5.04`,
    `pluto_device_input_amperes{mac="${MAC}"} 3.67`,
    `pluto_device_core_volts{kind="set",mac="${MAC}"} 1.15`,
    `pluto_device_core_volts{kind="measured",mac="${MAC}"} 1.142`,
    `pluto_device_temperature_celsius{sensor="asic",mac="${MAC}"} 61.5`,
    `pluto_device_temperature_celsius{sensor="asic2",mac="${MAC}"} 60.25`,
    `pluto_device_temperature_celsius{sensor="vr",mac="${MAC}"} 55`,
    `pluto_device_hashrate_hashes_per_second{window="now",mac="${MAC}"} 1250000000000`,
    `pluto_device_hashrate_hashes_per_second{window="1m",mac="${MAC}"} 1200000000000`,
    `pluto_device_hashrate_hashes_per_second{window="10m",mac="${MAC}"} 1190000000000`,
    `pluto_device_hashrate_hashes_per_second{window="1h",mac="${MAC}"} 1180000000000`,
    `pluto_device_hashrate_hashes_per_second{window="1d",mac="${MAC}"} 1170000000000`,
    `pluto_device_expected_hashrate_hashes_per_second{mac="${MAC}"} 1070000000000`,
    `pluto_device_efficiency_joules_per_terahash{mac="${MAC}"} 14.8`,
    `pluto_device_frequency_hertz{kind="set",mac="${MAC}"} 525000000`,
    `pluto_device_frequency_hertz{kind="actual",mac="${MAC}"} 524500000`,
    `pluto_device_fan_speed_rpm{fan="1",mac="${MAC}"} 4200`,
    `pluto_device_fan_speed_rpm{fan="2",mac="${MAC}"} 4100`,
    `pluto_device_fan_speed_ratio{fan="1",mac="${MAC}"} 0.63`,
    `pluto_device_fan_speed_ratio{fan="2",mac="${MAC}"} 0.61`,
    `pluto_device_shares_total{result="accepted",mac="${MAC}"} 1000`,
    `pluto_device_shares_total{result="rejected",mac="${MAC}"} 7`,
    `pluto_device_best_difficulty{scope="ever",mac="${MAC}"} 4290000000`,
    `pluto_device_best_difficulty{scope="session",mac="${MAC}"} 1200000`,
    `pluto_device_pool_difficulty{mac="${MAC}"} 2048`,
    `pluto_device_error_ratio{mac="${MAC}"} 0.004`,
    `pluto_device_uptime_seconds{mac="${MAC}"} 86400`,
    `pluto_device_heap_free_bytes{region="total",mac="${MAC}"} 8200000`,
    `pluto_device_heap_free_bytes{region="internal",mac="${MAC}"} 95000`,
    `pluto_device_heap_free_bytes{region="spiram",mac="${MAC}"} 8100000`,
    `pluto_device_wifi_rssi_dbm{mac="${MAC}"} -61`,
    `pluto_device_pool_response_seconds{mac="${MAC}"} 0.038`,
    `pluto_device_overheated{mac="${MAC}"} 0`,
    `pluto_device_paused{mac="${MAC}"} 0`,
    `pluto_device_fallback_pool{mac="${MAC}"} 1`,
    `pluto_device_last_poll_timestamp_seconds{mac="${MAC}"} 1790000000.5`
  ])
})

t.test('P01 two miners with one host name both have their samples, told apart by mac', async (t) => {
  const second = aDevice({ mac: OTHER_MAC, reading: aReading({ powerWatts: 9 }) })
  const { scrape } = await buildMetrics(t, [aDevice(), second])
  const text = await scrape()
  t.equal(valueOf(text, `pluto_device_power_watts{mac="${MAC}"}`), '18.5')
  t.equal(valueOf(text, `pluto_device_power_watts{mac="${OTHER_MAC}"}`), '9')
  t.equal(linesOf(text, 'pluto_device_info{').filter((line) => line.includes('hostname="bitaxe"')).length, 2)
  t.equal(text.match(/^# TYPE pluto_device_power_watts /gm)?.length, 1)
})

t.test('P03 a device that was removed takes no sample of another with it', async (t) => {
  const names = ['bitaxe', 'bitaxe_2']
  const [a, b] = names.map((hostname, i) =>
    aDevice({ mac: [MAC, OTHER_MAC][i] ?? '', reading: aReading({}, { hostname }) })
  )
  if (!a || !b) throw new Error('two devices')
  const { devices, scrape } = await buildMetrics(t, [a, b])
  const before = linesOf(await scrape(), 'pluto_device_').filter((line) => line.includes(OTHER_MAC))
  devices.shift()
  const after = linesOf(await scrape(), 'pluto_device_')
  t.ok(before.length > 30)
  t.same(after, before)
})

t.test('P07 a zero is exported, also after another value', async (t) => {
  const { devices, scrape } = await buildMetrics(t, [aDevice()])
  await scrape()
  const dead = { hashrateHps: 0, powerWatts: 0, sharesRejected: 0, errorRatio: 0, fans: [{ rpm: 0, ratio: 0 }] }
  devices[0] = aDevice({ reading: aReading(dead) })
  const text = await scrape()
  t.equal(valueOf(text, `pluto_device_hashrate_hashes_per_second{window="now",mac="${MAC}"}`), '0')
  t.equal(valueOf(text, `pluto_device_power_watts{mac="${MAC}"}`), '0')
  t.equal(valueOf(text, `pluto_device_shares_total{result="rejected",mac="${MAC}"}`), '0')
  t.equal(valueOf(text, `pluto_device_error_ratio{mac="${MAC}"}`), '0')
  t.equal(valueOf(text, `pluto_device_fan_speed_rpm{fan="1",mac="${MAC}"}`), '0')
  t.equal(valueOf(text, `pluto_device_efficiency_joules_per_terahash{mac="${MAC}"}`), undefined)
})

t.test('P07 what stands for "no reading" on the wire is absent, what is zero there is zero', async (t) => {
  const wire = {
    ...capture('bitaxe-gamma-601-v2.12.2.json'),
    temp: -1,
    vrTemp: 0,
    wifiRSSI: -90,
    power: null,
    hashRate: 0
  }
  const { scrape } = await buildMetrics(t, [aDevice({ reading: toReading(wire) })])
  const text = await scrape()
  t.same(linesOf(text, 'pluto_device_temperature_celsius{sensor="asic",'), [])
  t.same(linesOf(text, 'pluto_device_temperature_celsius{sensor="vr"'), [])
  t.same(linesOf(text, 'pluto_device_wifi_rssi_dbm'), [])
  t.same(linesOf(text, 'pluto_device_power_watts'), [])
  t.equal(valueOf(text, `pluto_device_hashrate_hashes_per_second{window="now",mac="${MAC}"}`), '0')
})

t.test('P08 a device that is not online has only up and info', async (t) => {
  for (const state of ['connecting', 'offline', 'mismatch', 'restarting'] as const) {
    const { scrape } = await buildMetrics(t, [aDevice({ state })])
    const lines = linesOf(await scrape(), 'pluto_device_')
    t.equal(lines.length, 2, state)
    t.equal(lines[0], `pluto_device_up{mac="${MAC}"} 0`)
    t.match(lines[1], 'hostname="bitaxe"')
  }
})

t.test('P08 a device that never answered has the labels that are known', async (t) => {
  const { scrape } = await buildMetrics(t, [aDevice({ state: 'offline', reading: null, lastPollAt: null })])
  t.same(linesOf(await scrape(), 'pluto_device_info'), [
    `pluto_device_info{mac="${MAC}",hostname="",ip="192.168.1.20",model="",asic="",version="",pool=""} 1`
  ])
})

t.test('P33 values that are not finite numbers are absent and do not affect the others', async (t) => {
  const broken = { powerWatts: NaN, hashrateHps: Infinity, inputVolts: -Infinity, fans: [{ rpm: NaN, ratio: 0.5 }] }
  const { scrape } = await buildMetrics(t, [aDevice({ reading: aReading(broken), lastPollAt: NaN })])
  const text = await scrape()
  t.notMatch(text, /^pluto_.* (NaN|[+-]?Inf(inity)?|null|undefined)$/m)
  t.same(linesOf(text, 'pluto_device_power_watts'), [])
  t.same(linesOf(text, 'pluto_device_efficiency'), [])
  t.equal(valueOf(text, `pluto_device_fan_speed_ratio{fan="1",mac="${MAC}"}`), '0.5')
})

t.test('info follows a device to each new name, address, firmware and pool', async (t) => {
  const device = aDevice()
  const { scrape } = await buildMetrics(t, [device])
  const changes = [
    { hostname: 'shed' },
    { model: 'Supra' },
    { asicModel: 'BM1368' },
    { version: 'v2.15.3' },
    { pool: 'solo.ckpool.org:3333' }
  ]
  let identity = {}
  for (const change of changes) {
    await scrape()
    identity = { ...identity, ...change }
    Object.assign(device, { reading: aReading({}, identity) })
    const value = Object.values(change)[0]?.replace('solo.ckpool.org:3333', 'CKPool Main')
    t.match(linesOf(await scrape(), 'pluto_device_info')[0], `="${value}"`)
  }
  Object.assign(device, { ip: '192.168.1.99:8001' })
  t.same(linesOf(await scrape(), 'pluto_device_info'), [
    `pluto_device_info{mac="${MAC}",hostname="shed",ip="192.168.1.99:8001",model="Supra",asic="BM1368",version="v2.15.3",pool="CKPool Main"} 1`
  ])
})

t.test('a scrape shows one moment, however the fleet changes while it is written', async (t) => {
  const device = { ...aDevice() }
  const scraped = readFleet([device])
  Object.assign(device, { state: 'offline', reading: null, lastPollAt: 0 })
  const text = [...renderDevices(scraped, 'text')].join('')
  t.equal(valueOf(text, `pluto_device_up{mac="${MAC}"}`), '1')
  t.equal(valueOf(text, `pluto_device_power_watts{mac="${MAC}"}`), '18.5')
  t.equal(valueOf(text, `pluto_device_last_poll_timestamp_seconds{mac="${MAC}"}`), '1790000000.5')
})

t.test(
  'cached samples of a reading are rendered again when something other than the reading has changed',
  async (t) => {
    const { devices, scrape } = await buildMetrics(t, [aDevice()])
    const lastPoll = async () => valueOf(await scrape(), `pluto_device_last_poll_timestamp_seconds{mac="${MAC}"}`)
    t.equal(await lastPoll(), '1790000000.5')
    const [device] = devices
    devices[0] = { ...aDevice(), ...device, lastPollAt: 1_790_000_005_000 }
    t.equal(await lastPoll(), '1790000005')
    t.equal(devices[0].reading, device?.reading, 'the reading is the same one')
    const other = 'bc:dd:c2:00:00:99'
    devices[0] = { ...devices[0], mac: other }
    t.match(linesOf(await scrape(), 'pluto_device_power_watts'), [`pluto_device_power_watts{mac="${other}"} 18.5`])
  }
)

t.test('every captured firmware gives samples of its own', async (t) => {
  const captures = readdirSync(CAPTURES)
  const devices = captures.map((name, i) =>
    aDevice({ mac: `bc:dd:c2:00:01:0${i.toString(16)}`, reading: toReading(capture(name)) })
  )
  const { scrape } = await buildMetrics(t, devices)
  const text = await scrape()
  for (const [i, { mac }] of devices.entries())
    t.ok(linesOf(text, 'pluto_device_').filter((line) => line.includes(mac)).length > 12, String(captures[i]))
})
