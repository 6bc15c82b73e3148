import type { Miner, Simulator } from '../../../src/simulator/types.ts'

/** Takes down when each poll arrives at the miners of a fleet, and leaves those out that are not well at the time. */
export class RhythmWatch {
  readonly #last = new Map<string, number>()
  readonly #unwell = new Set<string>()
  #intervals: number[] = []

  constructor(fleet: Simulator) {
    for (const miner of fleet.miners) this.#watch(miner)
  }

  /** What comes to these miners from now on does not count. */
  leaveOut(macs: readonly string[]): void {
    for (const mac of macs) {
      this.#unwell.add(mac)
      this.#last.delete(mac)
    }
  }

  /** Polls of these miners count again, from the next one on. */
  takeIn(macs: readonly string[]): void {
    for (const mac of macs) this.#unwell.delete(mac)
  }

  /** Forgets all times between polls. */
  reset(): void {
    this.#intervals = []
    this.#last.clear()
  }

  /** Times between two polls of a miner that was well, ms. A wait that has not ended counts as long as it is by now. */
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
      if (method !== 'GET' || !url.startsWith('/api/system/info') || this.#unwell.has(miner.mac)) return
      const now = performance.now()
      const before = this.#last.get(miner.mac)
      if (before !== undefined) this.#intervals.push(now - before)
      this.#last.set(miner.mac, now)
    }
  }
}
