import { medianOf, type Sample } from './memory-sample.ts'

/** The medians of a figure at the start, in the middle and at the end, and its slope. */
export interface Trend {
  start: number
  middle: number
  end: number
  /** Slope of the least-squares line through all samples. */
  perHour: number
}

/** @param hours time of each sample, hours */
export function trendOf(samples: readonly Sample[], hours: readonly number[], figure: keyof Sample): Trend {
  const size = Math.max(1, Math.floor(samples.length / 5))
  const middle = Math.floor((samples.length - size) / 2)
  return {
    start: medianOf(samples.slice(0, size), figure),
    middle: medianOf(samples.slice(middle, middle + size), figure),
    end: medianOf(samples.slice(-size), figure),
    perHour: slope(
      hours,
      samples.map((one) => one[figure])
    )
  }
}

function slope(xs: readonly number[], ys: readonly number[]): number {
  const mean = (list: readonly number[]) => list.reduce((sum, one) => sum + one, 0) / list.length
  const [x0, y0] = [mean(xs), mean(ys)]
  const spread = xs.reduce((sum, x) => sum + (x - x0) ** 2, 0)
  return spread === 0 ? 0 : xs.reduce((sum, x, i) => sum + (x - x0) * ((ys[i] ?? y0) - y0), 0) / spread
}

/** Formats a trend: `heap 41.2 → 41.5 → 41.3 MB (+0.2/h)`. */
export function formatTrend(name: string, { start, middle, end, perHour }: Trend, unit = ''): string {
  const digits = unit === '' ? 0 : 1
  const [a, b, c] = [start, middle, end].map((value) => value.toFixed(digits))
  const rise = `${perHour < 0 ? '−' : '+'}${Math.abs(perHour).toFixed(1)}`
  return `${name} ${a} → ${b} → ${c}${unit && ` ${unit}`} (${rise}/h)`
}
