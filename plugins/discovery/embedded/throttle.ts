import type PQueue from 'p-queue'

/** Without any probe that could be sent for this long, probes are not repeated. */
const STUCK_MS = 5000

/**
 * Adapts the concurrency of a queue to what the machine allows: a shortage halves it, and as many successes as run at once
 * raise it by one.
 */
export function createThrottle(queue: PQueue, max: number) {
  let reducedAt = -Infinity
  let lastSuccessAt = -Infinity
  let stuckSince = Infinity
  let successes = 0

  return {
    /** Probes started before the last reduction ran into the same shortage, so they do not reduce it further. */
    reduce(startedAt: number): void {
      const now = performance.now()
      stuckSince = Math.min(stuckSince, now)
      if (startedAt <= reducedAt) return
      reducedAt = now
      successes = 0
      queue.concurrency = Math.max(1, Math.floor(queue.concurrency / 2))
    },

    relax(): void {
      lastSuccessAt = performance.now()
      stuckSince = Infinity
      if (queue.concurrency >= max || ++successes < queue.concurrency) return
      successes = 0
      queue.concurrency++
    },

    /** Whether shortages have let no probe through for a while. */
    get isStuck(): boolean {
      return performance.now() - Math.max(stuckSince, lastSuccessAt) > STUCK_MS
    }
  }
}
