/** A list of numbers in short; null where there are none. */
export interface Summary {
  count: number
  p50: number | null
  p95: number | null
  p99: number | null
  max: number | null
}

/** The smallest of the sorted values that is not below `share` (0 to 1) of them; null of an empty list. */
export function percentile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
}

/** Sums a list up, in whatever unit it has. */
export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => percentile(sorted, share)
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) ?? null }
}

/** The middle one, or NaN of an empty list. */
export function median(values: readonly number[]): number {
  return summarize(values).p50 ?? NaN
}
