import t from 'tap'
import { until } from '../../helper.ts'
import { imprint, macNumber, withGrafana } from './helper.ts'

const MACS = Array.from({ length: 1000 }, (_, i) => macNumber(i))

t.test('a thousand devices after a cold start: one write each, eight requests at once, then only reads', async (t) => {
  const { grafana, start } = await withGrafana(t, { latencyMs: 2 })
  const fleet = await imprint(t, MACS, Object.fromEntries(MACS.map((mac) => [mac, 'bitaxe'])))
  const backend = await start(fleet, { GF_PUBLIC: false })
  await until('every dashboard is there', () => grafana.dashboards.size === 1001, 50_000)
  await backend.settled()
  t.equal(grafana.writes().length, 1 + 1001, 'the folder and each dashboard')
  t.equal(grafana.counts.maxInFlight, 8)
  t.equal(new Set([...grafana.dashboards.values()].map(({ model }) => model.title)).size, 1001)
  await backend.close()

  const before = grafana.seen.length
  const again = await start(fleet, { GF_PUBLIC: false })
  await again.settled()
  t.equal(grafana.writes().length, 1002)
  t.equal(grafana.seen.length - before, 1 + 1001, 'each is read once')
})
