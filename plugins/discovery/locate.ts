import type { Discovered } from '../../schemas/device.ts'
import type { Log } from './types.ts'

interface LocatorParts {
  /** Looks where the MAC is most likely to be. */
  nearby(mac: string): Promise<Discovered | null>
  /** Looks everywhere, or joins the search that does. */
  everywhere(): Promise<Discovered[]>
  /** Shortest time between the end of a whole search and the next one that is started from here, ms. */
  intervalMs: number
  log: Log
}

/**
 * Makes `locate`: where is this MAC now? Whole searches are shared by all who wait and kept apart by `intervalMs`, so a
 * dead fleet does not cause constant scanning. Never throws.
 */
export function createLocator({ nearby, everywhere, intervalMs, log }: LocatorParts) {
  const inFlight = new Map<string, Promise<Discovered | null>>()
  let searching: Promise<Discovered[]> | null = null
  let nextSearchAt = -Infinity

  async function searchAll(): Promise<Discovered[]> {
    try {
      return await everywhere()
    } finally {
      searching = null
      nextSearchAt = performance.now() + intervalMs
    }
  }

  async function find(mac: string): Promise<Discovered | null> {
    try {
      const close = await nearby(mac)
      if (close !== null) return close
      if (searching === null && performance.now() < nextSearchAt) return null
      searching ??= searchAll()
      return (await searching).find((row) => row.mac === mac) ?? null
    } catch (err) {
      log.warn({ err, mac }, 'discovery: a miner could not be looked for')
      return null
    }
  }

  return function locate(mac: string): Promise<Discovered | null> {
    const running = inFlight.get(mac)
    if (running) return running
    const search = find(mac).finally(() => inFlight.delete(mac))
    inFlight.set(mac, search)
    return search
  }
}
