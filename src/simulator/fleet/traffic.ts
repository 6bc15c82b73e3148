import type { IntervalStats } from '../types.ts'

const keptArrivals = 720

/** Requests that reached one miner. Arrival times of info requests cover at least the last hour at one poll per 5 s. */
export interface Traffic {
  requests: number
  infoRequests: number
  arrivals: number[]
}

export function createTraffic(): Traffic {
  return { requests: 0, infoRequests: 0, arrivals: [] }
}

/** Counts one `GET /api/system/info`. */
export function countInfo(traffic: Traffic): void {
  traffic.infoRequests++
  traffic.arrivals.push(performance.now())
  if (traffic.arrivals.length > keptArrivals * 2) traffic.arrivals.splice(0, keptArrivals)
}

/** The times between info requests, ms. */
export function intervalsOf({ arrivals }: Traffic): number[] {
  return arrivals.slice(1).map((at, i) => at - (arrivals[i] ?? at))
}

/** Number of polls a miner missed when one was due every `intervalMs`. The time since the last poll counts too. */
export function missedOf(traffic: Traffic, intervalMs: number): number {
  const last = traffic.arrivals.at(-1)
  if (last === undefined) return 0
  const gaps = [...intervalsOf(traffic), performance.now() - last]
  return gaps.reduce((sum, gap) => sum + Math.max(0, Math.round(gap / intervalMs) - 1), 0)
}

/** Percentiles of a list of intervals, ms. */
export function intervalStats(intervals: number[], missed: number): IntervalStats {
  const sorted = intervals.toSorted((a, b) => a - b)
  const at = (share: number): number | null => sorted[Math.ceil(share * sorted.length) - 1] ?? null
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) ?? null, missed }
}
