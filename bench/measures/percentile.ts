/** Summary of a list of numbers; null values for an empty list. */
export interface Summary {
  count: number
  p50: number | null
  p95: number | null
  p99: number | null
  max: number | null
}

/** The smallest of the sorted values that at least `share` (0 to 1) of them do not exceed; null for an empty list. */
export function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
}

/** Summarizes a list, in the unit of its values. */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => percentile(sorted, share)
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) ?? null }
}

/** The median, or NaN for an empty list. */
export function median(values: readonly number[]): number {
  return summarize(values).p50 ?? NaN
}
