import { readFileSync } from 'node:fs'
import t from 'tap'
import { addGrafanaMetrics } from '../../../plugins/grafana/metrics.ts'
import { aDevice, aReading, buildMetrics, MAC } from './helper.ts'

const DOC = new URL('../../../docs/METRICS.md', import.meta.url)

/** What the tables say: type and label names by family. */
function documented() {
  const section = new Map<string, { type: string; labels: string[] }>()
  let columns: string[] = []
  for (const line of readFileSync(DOC, 'utf8').split('\n')) {
    const cells = line.split('|').map((cell) => cell.trim())
    if (cells[1] === 'Family') columns = cells
    const name = /^`(\w+)`$/.exec(cells[1] ?? '')?.[1]
    if (name === undefined) continue
    const labels = cells[columns.indexOf('Labels')] ?? ''
    // `kind`: `set`, `measured` is one label and its values
    const named = labels.replace(/: (`[^`]+`(, | …)?)+/g, '').match(/\w+/g) ?? []
    section.set(name, { type: cells[columns.indexOf('Type')] ?? '', labels: named.sort() })
  }
  return section
}

/** What an app says that has one device with every value, one poll and one request behind it. */
async function served(t: Parameters<typeof buildMetrics>[0]) {
  const { app, bus, scrape } = await buildMetrics(t, [aDevice()])
  addGrafanaMetrics(app.metrics.registry, { last: null }, { count: () => ({ current: 1, pending: 0, failed: 0 }) })
  app.get('/things/:id', async () => 'a thing')
  await app.inject('/things/1')
  bus.emit('device.polled', { mac: MAC, reading: aReading(), durationMs: 40 })
  const text = await scrape()
  const families = new Map<string, { type: string; labels: string[] }>()
  for (const [, name = '', type = ''] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const samples = text.matchAll(new RegExp(`^${name}(?:_bucket|_sum|_count)?{(.*)} `, 'gm'))
    const labels = [...samples].flatMap(([, pairs = '']) =>
      [...pairs.matchAll(/(\w+)="/g)].map((match) => match[1] ?? '')
    )
    families.set(name, { type, labels: [...new Set(labels)].sort() })
  }
  const { registry } = app.metrics
  const sometimes = new Set(
    registry
      .getMetricsAsArray()
      .map(({ name }) => name)
      .filter((name) => !families.has(name))
  )
  return { families, sometimes }
}

t.test('docs/METRICS.md describes every family that is served, with its type and labels', async (t) => {
  const [{ families, sometimes }, doc] = [await served(t), documented()]
  for (const [name, family] of families) t.same(doc.get(name), family, name)
  for (const name of sometimes) t.ok(doc.has(name), name)
})

t.test('docs/METRICS.md describes only families that are served', async (t) => {
  const [{ families, sometimes }, doc] = [await served(t), documented()]
  t.ok(doc.size > 60)
  for (const name of doc.keys()) t.ok(families.has(name) || sometimes.has(name), name)
})
