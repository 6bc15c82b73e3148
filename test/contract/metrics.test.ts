import t from 'tap'
import { simulate, until } from '../helper.ts'
import { Backend } from '../support/process.ts'
import { client, startImprinted } from './helper.ts'

t.test('GET /metrics is Prometheus text, or OpenMetrics when asked for', async (t) => {
  const { url, send, macs } = await startImprinted(t, { devices: 1 })
  const plain = await until('the device is up', async () => {
    const answer = await send<string>('GET', '/metrics')
    return answer.text.includes(`mac="${macs[0]}"`) ? answer : null
  })
  t.equal(plain.status, 200)
  t.match(plain.headers.get('content-type'), /^text\/plain; version=0\.0\.4/)
  const accept = 'application/openmetrics-text; version=1.0.0'
  const open = await fetch(`${url}/metrics`, { headers: { accept } })
  t.match(open.headers.get('content-type'), /^application\/openmetrics-text; version=1\.0\.0/)
  t.match(await open.text(), /# EOF\n$/)
})

t.test('the metrics of older dashboards are not served without LEGACY_METRICS', async (t) => {
  const { send } = await startImprinted(t, { devices: 1, hostnames: ['attic'] })
  const { text } = await send<string>('GET', '/metrics')
  t.notMatch(text, /^(attic_|total_hardware|hardware_online|total_hashrate)/m)
})

const ofEachHost = [
  ...['power_watts', 'voltage_volts', 'current_amps', 'fanspeed_rpm', 'temperature_celsius', 'hashrate_ghs'],
  ...['shares_accepted', 'shares_rejected', 'uptime_seconds', 'free_heap_bytes', 'core_voltage_volts'],
  ...['core_voltage_actual_volts', 'frequency_mhz', 'efficiency']
]
const ofTheFleet = [
  ...['total_hardware', 'hardware_online', 'hardware_offline', 'total_hashrate', 'average_hashrate'],
  ...['total_power_watts', 'total_efficiency']
]

t.test('with LEGACY_METRICS the metrics of older dashboards are served as well', async (t) => {
  const fleet = await simulate(t, { devices: 1, profiles: ['gamma-601-v2.15.3'], hostnames: ['attic 1'] })
  const DISCOVERY_NETWORKS = fleet.miners[0]?.address ?? ''
  const env = { DATA_DIR: t.testdir(), LEGACY_METRICS: 'true', DEVICE_NETWORKS: '127.0.0.0/8', DISCOVERY_NETWORKS }
  const backend = new Backend(t, env)
  const send = client(await backend.url())
  await send('GET', '/devices/discover')
  await send('PUT', '/devices/imprint', { macs: [fleet.miners[0]?.mac] })
  const text = await until('the device is up', async () => {
    const answer = await send<string>('GET', '/metrics')
    return /^pluto_device_up\{.*\} 1$/m.test(answer.text) ? answer.text : null
  })
  for (const name of [...ofEachHost.map((name) => `attic__1_${name}`), ...ofTheFleet])
    t.match(text, new RegExp(`^${name} [-+.0-9e]+$`, 'm'), name)
  t.match(text, /^firmware_version_distribution\{version="v2\.15\.3"\} 1$/m)
  for (const name of ['shares_by_pool_accepted', 'shares_by_pool_rejected']) t.match(text, `${name}{pool="`, name)
})
