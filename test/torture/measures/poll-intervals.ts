import type { Miner, Simulator } from '../../../src/simulator/types.ts'

/** Records the times between polls of the miners of a fleet, except those that are excluded at the time. */
export class PollIntervals {
  readonly #last = new Map<string, number>()
  readonly #excluded = new Set<string>()
  #intervals: number[] = []

  constructor(fleet: Simulator) {
    for (const miner of fleet.miners) this.#watch(miner)
  }

  /** Ignores polls of these miners from now on. */
  exclude(macs: readonly string[]): void {
    for (const mac of macs) {
      this.#excluded.add(mac)
      this.#last.delete(mac)
    }
  }

  /** Counts polls of these miners again. */
  include(macs: readonly string[]): void {
    for (const mac of macs) this.#excluded.delete(mac)
  }

  /** Discards all recorded times. */
  reset(): void {
    this.#intervals = []
    this.#last.clear()
  }

  /** Times between two polls of an included miner, ms. A pending wait counts with its length so far. */
  figures(): { count: number; p50: number; p99: number; max: number } {
    const now = performance.now()
    const open = [...this.#last.values()].map((at) => now - at)
    const longest = this.#intervals.reduce((most, one) => Math.max(most, one), 0)
    const sorted = [...this.#intervals, ...open.filter((wait) => wait > longest)].sort((a, b) => a - b)
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) }
  }

  #watch(miner: Miner): void {
    miner.onRequest = ({ method, url }) => {
      if (method !== 'GET' || !url.startsWith('/api/system/info') || this.#excluded.has(miner.mac)) return
      const now = performance.now()
      const before = this.#last.get(miner.mac)
      if (before !== undefined) this.#intervals.push(now - before)
      this.#last.set(miner.mac, now)
    }
  }
}
