import type { Registry } from 'prom-client'
import { renderFamily, type Format, type Sample } from './exposition.ts'
import { labelSet } from './labels.ts'

type CollectedFamily = Awaited<ReturnType<Registry['getMetricsAsJSON']>>[number]
/** Samples of a histogram have their own names, which are missing in the types of prom-client. */
type CollectedSample = CollectedFamily['values'][number] & { metricName?: string }

/**
 * Renders a prom-client registry in either format. Its own renderer is not used, because it removes `_total` from the names
 * of counters for good when it renders OpenMetrics.
 */
export async function renderRegistry(registry: Registry, format: Format): Promise<string> {
  const families = await registry.getMetricsAsJSON()
  return families.map((family) => renderCollected(family, format)).join('')
}

function renderCollected({ name, help, type, values }: CollectedFamily, format: Format): string {
  const samples = values.map(({ value, labels, metricName = name }: CollectedSample): Sample => {
    return { name: metricName, labels: labelSet(format === 'openmetrics' ? withCanonicalBound(labels) : labels), value }
  })
  // prom-client declares `type` as a number of an enum; it is the word of the TYPE line.
  return renderFamily({ name, help, type: String(type) }, samples, format)
}

/** OpenMetrics requires bounds of buckets to be floating point numbers: `le="1.0"`. */
function withCanonicalBound(labels: CollectedSample['labels']): CollectedSample['labels'] {
  const { le } = labels
  return typeof le === 'number' && Number.isInteger(le) ? { ...labels, le: `${le}.0` } : labels
}
