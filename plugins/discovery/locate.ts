import { setTimeout as delay } from 'node:timers/promises'
import type { Discovered } from '../../schemas/device.ts'
import { normalizeMac } from '../../src/mac.ts'
import type { Log } from './types.ts'

interface LocatorParts {
  /** Looks for the MAC where it is most likely to be. */
  nearby(mac: string): Promise<Discovered | null>
  /** Searches everywhere, or joins the search that is running. */
  everywhere(): Promise<{ rows: Discovered[] }>
  /** Shortest time between the end of one full search and the start of the next, ms. */
  intervalMs: number
  closing: AbortSignal
  log: Log
}

/**
 * Creates `locate`, which finds the current address of a MAC. All callers share one full search, and full searches are at
 * least `intervalMs` apart, so that a dead fleet does not cause constant scanning. Never rejects.
 */
export function createLocator({ nearby, everywhere, intervalMs, closing, log }: LocatorParts) {
  const inFlight = new Map<string, Promise<Discovered | null>>()
  let nextSearch: Promise<{ rows: Discovered[] }> | null = null
  let nextSearchAt = -Infinity

  async function searchWhenDue(): Promise<{ rows: Discovered[] }> {
    try {
      const wait = nextSearchAt - performance.now()
      if (wait > 0) await delay(wait, undefined, { signal: closing })
      return await everywhere()
    } finally {
      nextSearch = null
      nextSearchAt = performance.now() + intervalMs
    }
  }

  async function find(mac: string): Promise<Discovered | null> {
    try {
      const row = await nearby(mac)
      if (row !== null || closing.aborted) return row
      nextSearch ??= searchWhenDue()
      return (await nextSearch).rows.find((found) => found.mac === mac) ?? null
    } catch (err) {
      if (!closing.aborted) log.warn({ err, mac }, 'discovery: the search for a miner failed')
      return null
    }
  }

  return async function locate(text: string): Promise<Discovered | null> {
    const mac = normalizeMac(text)
    if (mac === null) return null
    const running = inFlight.get(mac)
    if (running) return running
    const search = find(mac).finally(() => inFlight.delete(mac))
    inFlight.set(mac, search)
    return search
  }
}
