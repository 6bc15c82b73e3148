import type { Registry } from 'prom-client'
import { renderFamily, type Format, type Sample } from './exposition.ts'
import { labelSet } from './labels.ts'

type CollectedFamily = Awaited<ReturnType<Registry['getMetricsAsJSON']>>[number]
/** The samples of a histogram have names of their own, which prom-client's types leave out. */
type CollectedSample = CollectedFamily['values'][number] & { metricName?: string }

/**
 * Writes a prom-client registry in either format. Its own text is not used: writing OpenMetrics once takes `_total` off
 * the names of its counters for good.
 */
export async function renderRegistry(registry: Registry, format: Format): Promise<string> {
  const families = await registry.getMetricsAsJSON()
  return families.map((family) => renderCollected(family, format)).join('')
}

function renderCollected({ name, help, type, values }: CollectedFamily, format: Format): string {
  const samples = values.map(({ value, labels, metricName = name }: CollectedSample): Sample => {
    return { name: metricName, labels: labelSet(format === 'openmetrics' ? withCanonicalBound(labels) : labels), value }
  })
  // prom-client's types call it the number of an enum, but it is the word that belongs behind TYPE
  return renderFamily({ name, help, type: String(type) }, samples, format)
}

/** OpenMetrics writes the bounds of buckets as floating point numbers: `le="1.0"`. */
function withCanonicalBound(labels: CollectedSample['labels']): CollectedSample['labels'] {
  const { le } = labels
  return typeof le === 'number' && Number.isInteger(le) ? { ...labels, le: `${le}.0` } : labels
}
