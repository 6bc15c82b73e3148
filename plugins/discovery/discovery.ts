import type { FastifyInstance } from 'fastify'
import type { Discovered } from '../../schemas/device.ts'
import type { DiscoverQuery, DiscoveredQuery } from '../../schemas/discovery.ts'
import { ClosingError } from '../../src/errors/limits.ts'
import { normalizeMac } from '../../src/mac.ts'
import { parseAddress, type Address } from '../../src/network.ts'
import { createArp } from './embedded/arp.ts'
import { createEmbeddedFinder, type EmbeddedOptions } from './embedded/finder.ts'
import { createProber } from './embedded/probe.ts'
import { createLocator } from './locate.ts'
import { createSearches, type SearchResult } from './searches.ts'
import { createDiscoveryServiceClient } from './service/client.ts'
import { createServiceFinder } from './service/finder.ts'

const LOCATE_INTERVAL_MS = 30_000
const ARP_CACHE_MS = 3000

export interface DiscoveryOptions extends EmbeddedOptions {
  /** Shortest time between two full searches that `locate` starts, ms. Default: 30,000 */
  locateIntervalMs?: number
  /** How long `macOf` uses the ARP table that it read last, ms. Default: 3000 */
  arpCacheMs?: number
}

/** Creates discovery: the external service if `DISCOVERY_SERVICE_HOST` is set, else the embedded finder. */
export function createDiscovery(app: FastifyInstance, options: DiscoveryOptions) {
  const { config, log } = app
  const { locateIntervalMs = LOCATE_INTERVAL_MS, arpCacheMs = ARP_CACHE_MS } = options
  const stop = new AbortController()
  const closing = stop.signal
  const arp = createArp({ file: config.ARP_TABLE_FILE, cacheMs: arpCacheMs, log })
  const prober = createProber(app, closing)
  const client = config.DISCOVERY_SERVICE_HOST
    ? createDiscoveryServiceClient(config.DISCOVERY_SERVICE_HOST, config.DISCOVERY_SERVICE_TIMEOUT_MS)
    : null
  const service = client && createServiceFinder(app, client)
  const finder = service ?? createEmbeddedFinder(app, { arp, prober, closing }, options)
  const listeners = new Set<(mac: string, address: Address) => void>()
  const onFound = (mac: string, address: Address) => listeners.forEach((listener) => listener(mac, address))
  const searches = createSearches(app, { arp, prober, finder, service, closing, onFound })

  async function search({ ip, mac: text }: DiscoverQuery): Promise<SearchResult> {
    const mac = normalizeMac(text)
    if (mac === null && text) return { rows: [], failed: 0 }
    if (mac === null) return ip ? searches.at(ip, null) : searches.everywhere()
    const { rows, failed } = await (ip ? searches.at(ip, mac) : searches.withMac(mac))
    const matching = rows.filter((row) => row.mac === mac)
    return { rows: matching, failed: matching.length > 0 ? 0 : failed }
  }

  /** Rejects when the backend closes, so that an aborted search does not look like one without results. */
  function untilClosing<T>(work: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const stop = () => reject(new ClosingError())
    closing.addEventListener('abort', stop)
    if (closing.aborted) stop()
    void work.then(resolve, reject).finally(() => closing.removeEventListener('abort', stop))
    return promise
  }

  return {
    /**
     * Searches for miners now, and says how much of the search failed: see `discover`.
     * @throws as `discover` does
     */
    search: (query: DiscoverQuery): Promise<SearchResult> => untilClosing(search(query)),

    /**
     * Searches for miners now: at `ip`, for `mac`, for `mac` at `ip`, or everywhere. Concurrent full searches are one.
     * @throws {InvalidAddressError | AddressNotAllowedError} no miner may have the address `ip`
     * @throws {IdentityUnknownError} neither the miner at `ip` nor anything else tells its MAC
     * @throws {DiscoveryFailedError | DiscoveryTimeoutError} the external service failed
     * @throws {ClosingError} the backend is closing
     */
    discover: (query: DiscoverQuery): Promise<Discovered[]> => untilClosing(search(query).then(({ rows }) => rows)),

    /**
     * Lists the miners that were found before and match the query (see `matchDiscovered`).
     * @throws {DiscoveryFailedError | DiscoveryTimeoutError} the external service failed
     * @throws {ClosingError} the backend is closing
     */
    discovered: (query: DiscoveredQuery): Promise<Discovered[]> => untilClosing(searches.remembered(query)),

    /** Finds the current address of a MAC by asking miners. Null if it is not found. Never rejects. */
    locate: createLocator({ ...searches, intervalMs: locateIntervalMs, closing, log }),

    /** The MAC of an address (`a.b.c.d`, a port is ignored) in the ARP table; null if it has none. */
    async macOf(ip: string): Promise<string | null> {
      const host = parseAddress(ip)?.host
      return host === undefined ? null : arp.macOf(host)
    },

    /** Calls the listener for each miner that a search finds. The MAC may be the word of the miner alone. */
    onFound: (listener: (mac: string, address: Address) => void): void => void listeners.add(listener),

    /** Aborts all searches. Nothing is stored afterwards. */
    stop: (): void => stop.abort(),

    /** Aborts all searches, and resolves when they have ended. */
    async close(): Promise<void> {
      stop.abort()
      await client?.close()
      await searches.settled()
    }
  }
}
