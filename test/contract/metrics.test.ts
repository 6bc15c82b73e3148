import t from 'tap'
import { until } from '../helper.ts'
import { startImprinted } from './helper.ts'

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
