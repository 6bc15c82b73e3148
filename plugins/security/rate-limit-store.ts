import type { FastifyRateLimitStore } from '@fastify/rate-limit'

const MAX_CLIENTS = 10_000

interface Window {
  startedAt: number
  count: number
}

/**
 * Counts requests per client in memory. The store of @fastify/rate-limit measures its windows with the wall clock: once that
 * is set back by two hours, clients are refused for two hours.
 */
export class RateLimitStore implements FastifyRateLimitStore {
  /** In the order of their start, so that the first one is the oldest. */
  readonly #windows = new Map<string, Window>()

  incr(
    key: string,
    callback: (error: Error | null, result?: { current: number; ttl: number }) => void,
    windowMs: number
  ): void {
    const now = performance.now()
    const known = this.#windows.get(key)
    const window = known && now - known.startedAt < windowMs ? known : this.#begin(key, now)
    window.count++
    callback(null, { current: window.count, ttl: windowMs - (now - window.startedAt) })
  }

  /** Each limit counts on its own. */
  child(): RateLimitStore {
    return new RateLimitStore()
  }

  #begin(key: string, now: number): Window {
    this.#windows.delete(key)
    const [oldest] = this.#windows.keys()
    if (oldest !== undefined && this.#windows.size >= MAX_CLIENTS) this.#windows.delete(oldest)
    const window = { startedAt: now, count: 0 }
    this.#windows.set(key, window)
    return window
  }
}
