import type { FastifyInstance } from 'fastify'
import type { Discovered } from '../../schemas/device.ts'
import type { DiscoverQuery, DiscoveredQuery } from '../../schemas/discovery.ts'
import { ClosingError } from '../../src/errors/limits.ts'
import { normalizeMac } from '../../src/mac.ts'
import { parseAddress } from '../../src/network.ts'
import { createArp } from './embedded/arp.ts'
import { createEmbedded, type EmbeddedOptions } from './embedded/finder.ts'
import { createLocator } from './locate.ts'
import { createLook } from './searches.ts'
import { createProber } from './embedded/probe.ts'
import { createServiceClient } from './service/client.ts'
import { createService } from './service/finder.ts'

const LOCATE_INTERVAL_MS = 30_000
const ARP_CACHE_MS = 3000

export interface DiscoveryOptions extends EmbeddedOptions {
  /** Shortest time between two whole searches that `locate` starts, ms. Default: 30,000 */
  locateIntervalMs?: number
  /** How long `macOf` may answer from the ARP table that it read last, ms. Default: 3000 */
  arpCacheMs?: number
}

/** Puts discovery together from its parts. */
export function createDiscovery(app: FastifyInstance, options: DiscoveryOptions) {
  const { config, log } = app
  const { locateIntervalMs = LOCATE_INTERVAL_MS, arpCacheMs = ARP_CACHE_MS } = options
  const stop = new AbortController()
  const closing = stop.signal
  const arp = createArp({ file: config.ARP_TABLE_FILE, cacheMs: arpCacheMs, log })
  const prober = createProber(app, closing)
  const client = config.DISCOVERY_SERVICE_HOST
    ? createServiceClient(config.DISCOVERY_SERVICE_HOST, config.DISCOVERY_SERVICE_TIMEOUT_MS)
    : null
  const service = client && createService(app, client)
  const finder = service ?? createEmbedded(app, { arp, prober, closing }, options)
  const look = createLook(app, { arp, prober, finder, service, closing })

  async function discover({ ip, mac: text }: DiscoverQuery): Promise<Discovered[]> {
    const mac = normalizeMac(text)
    if (mac === null) return text ? [] : ip ? look.at(ip, null) : look.everywhere()
    const rows = await (ip ? look.at(ip, mac) : look.withMac(mac))
    return rows.filter((row) => row.mac === mac)
  }

  /** Whoever waits for a search that is broken off is told so, instead of that there are no miners. */
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
     * Looks for miners now: at `ip`, for `mac`, for `mac` at `ip`, or everywhere. Concurrent searches everywhere are one.
     * @throws {InvalidAddressError | AddressNotAllowedError} `ip` is not where a miner may be
     * @throws {IdentityUnknownError} the miner at `ip` does not tell its MAC, and nothing else does
     * @throws {DiscoveryFailedError | DiscoveryTimeoutError} the external service, where there is one
     * @throws {ClosingError} the backend stops
     */
    discover: (query: DiscoverQuery): Promise<Discovered[]> => untilClosing(discover(query)),

    /**
     * The miners that were ever found and match the query (see `matchDiscovered`).
     * @throws {DiscoveryFailedError | DiscoveryTimeoutError} the external service, where there is one
     */
    discovered: (query: DiscoveredQuery): Promise<Discovered[]> => untilClosing(look.remembered(query)),

    /** Where the miner with this MAC is now: asked, not remembered. Null when it is not found; never throws. */
    locate: createLocator({ ...look, intervalMs: locateIntervalMs, closing, log }),

    /** The MAC that the ARP table has for an address (`a.b.c.d`, a port is ignored); null when it has none. */
    async macOf(ip: string): Promise<string | null> {
      const host = parseAddress(ip)?.host
      return host === undefined ? null : arp.macOf(host)
    },

    /** Breaks off what is under way. Nothing is stored afterwards. */
    stop: (): void => stop.abort(),

    /** Resolves when nothing is under way any more. */
    async close(): Promise<void> {
      stop.abort()
      await client?.close()
      await look.settled()
    }
  }
}
