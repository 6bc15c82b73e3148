import { setTimeout as delay } from 'node:timers/promises'
import type { Discovered } from '../../schemas/device.ts'
import { normalizeMac } from '../../src/mac.ts'
import type { Log } from './types.ts'

interface LocatorParts {
  /** Looks where the MAC is most likely to be. */
  nearby(mac: string): Promise<Discovered | null>
  /** Looks everywhere, or joins the search that does. */
  everywhere(): Promise<Discovered[]>
  /** Shortest time between the end of a whole search and the next one that is started from here, ms. */
  intervalMs: number
  closing: AbortSignal
  log: Log
}

/**
 * Makes `locate`: where is this MAC now? Whole searches are shared by all who wait, and kept apart by `intervalMs`, so a
 * dead fleet does not cause constant scanning. Never throws.
 */
export function createLocator({ nearby, everywhere, intervalMs, closing, log }: LocatorParts) {
  const inFlight = new Map<string, Promise<Discovered | null>>()
  let nextSearch: Promise<Discovered[]> | null = null
  let nextSearchAt = -Infinity

  async function searchWhenDue(): Promise<Discovered[]> {
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
      const close = await nearby(mac)
      if (close !== null || closing.aborted) return close
      nextSearch ??= searchWhenDue()
      return (await nextSearch).find((row) => row.mac === mac) ?? null
    } catch (err) {
      if (!closing.aborted) log.warn({ err, mac }, 'discovery: a miner could not be looked for')
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
