import type { FastifyInstance } from 'fastify'
import type { Discovered } from '../../schemas/device.ts'
import type { DiscoverQuery, DiscoveredQuery } from '../../schemas/discovery.ts'
import { normalizeMac } from '../../src/mac.ts'
import { parseAddress } from '../../src/network.ts'
import { createArp } from './arp.ts'
import { createEmbedded, type EmbeddedOptions } from './embedded.ts'
import { identify, settleAt, type Identified } from './identify.ts'
import { createLocator } from './locate.ts'
import { createNearby } from './nearby.ts'
import { createProber } from './probe.ts'
import { matchDiscovered } from './query.ts'
import { record, recordMemory } from './record.ts'
import { createServiceClient } from './service-client.ts'
import { createService } from './service.ts'
import type { Found, Sighting } from './types.ts'

export interface DiscoveryOptions extends EmbeddedOptions {
  /** Shortest time between two whole searches that `locate` starts, ms. Default: 30,000 */
  locateIntervalMs?: number
  /** How long `macOf` may answer from the ARP table that it read last, ms. Default: 3000 */
  arpCacheMs?: number
}

/** Puts discovery together from its parts. */
export function createDiscovery(app: FastifyInstance, options: DiscoveryOptions) {
  const { axeos, config, db, log } = app
  const stop = new AbortController()
  const closing = stop.signal
  const arp = createArp({ file: config.ARP_TABLE_FILE, cacheMs: options.arpCacheMs ?? 3000, log })
  const prober = createProber(app, closing)
  const client = config.DISCOVERY_SERVICE_HOST
    ? createServiceClient(
        { host: config.DISCOVERY_SERVICE_HOST, timeoutMs: config.DISCOVERY_SERVICE_TIMEOUT_MS },
        closing
      )
    : null
  const service = client && createService(app, client)
  const finder = service ?? createEmbedded(app, { arp, prober, closing }, options)
  const placesNear = createNearby(app, { arp, prober })
  let searching: Promise<Discovered[]> | null = null

  /** Reads the ARP table after the miners were asked, when the kernel has just learned their addresses. */
  async function identifyAll(found: Found[]): Promise<Identified> {
    const silent = found.some(({ mac }) => mac === null)
    return identify(found, silent ? await arp.read() : new Map(), (mac) => db.discovered.get(mac))
  }

  const keep = async (seen: Sighting[]) => (closing.aborted ? [] : record(db, seen))

  async function searchEverywhere(): Promise<Discovered[]> {
    const startedAt = performance.now()
    log.info('discovery: search started')
    const { known, unknown } = await identifyAll(await finder.everywhere())
    const rows = await keep(known)
    const ms = Math.round(performance.now() - startedAt)
    log.info({ found: rows.length, ms }, 'discovery: search finished')
    if (unknown.length > 0)
      log.warn({ ips: unknown.map(({ address }) => address.text) }, 'discovery: miners without MAC are left out')
    return rows
  }

  /** Starts a search, or joins the one that runs. */
  function everywhere(): Promise<Discovered[]> {
    searching ??= searchEverywhere().finally(() => {
      searching = null
    })
    return searching
  }

  async function nearby(mac: string): Promise<Discovered | null> {
    for await (const found of placesNear(mac)) {
      const { known } = await identifyAll([found])
      const row = (await keep(known)).find((seen) => seen.mac === mac)
      if (row) return row
    }
    return null
  }

  async function at(ip: string, asked: string | null): Promise<Discovered[]> {
    const address = axeos.address(ip)
    return keep(settleAt(address.text, asked, await identifyAll(await finder.at(address, asked))))
  }

  async function withMac(mac: string): Promise<Discovered[]> {
    if (service) return keep((await identifyAll(await service.withMac(mac))).known)
    const close = await nearby(mac)
    return close ? [close] : everywhere()
  }

  return {
    /**
     * Looks for miners now: at `ip`, for `mac`, for `mac` at `ip`, or everywhere. Concurrent searches everywhere are one.
     * @throws {InvalidAddressError | AddressNotAllowedError} `ip` is not where a miner may be
     * @throws {IdentityUnknownError} the miner at `ip` does not tell its MAC, and nothing else does
     * @throws {DiscoveryFailedError | DiscoveryTimeoutError} the external service, where there is one
     */
    async discover({ ip, mac: text }: DiscoverQuery): Promise<Discovered[]> {
      const mac = normalizeMac(text)
      if (mac === null) return text ? [] : ip ? at(ip, null) : everywhere()
      const rows = await (ip ? at(ip, mac) : withMac(mac))
      return rows.filter((row) => row.mac === mac)
    },

    /**
     * The miners that were ever found and match the query (see `matchDiscovered`).
     * @throws {DiscoveryFailedError | DiscoveryTimeoutError} the external service, where there is one
     */
    async discovered(query: DiscoveredQuery): Promise<Discovered[]> {
      if (!service) return matchDiscovered(db.discovered.list(), query)
      const { known } = await identifyAll(await service.discovered(query))
      // A question for exact MACs registers what it finds: it gets nothing else, whatever the service answers.
      const exact = query.partialMacs === 'none' ? { macs: query.macs ?? '', partialMacs: query.partialMacs } : {}
      return matchDiscovered(await recordMemory(db, known), exact)
    },

    /** Where the miner with this MAC is now: asked, not remembered. Null when it is not found; never throws. */
    locate: createLocator({ nearby, everywhere, intervalMs: options.locateIntervalMs ?? 30_000, closing, log }),

    /** The MAC that the ARP table has for an address (`a.b.c.d`, a port is ignored); null when it has none. */
    async macOf(ip: string): Promise<string | null> {
      const host = parseAddress(ip)?.host
      return host === undefined ? null : arp.macOf(host)
    },

    /** Ends what is under way. Nothing is stored afterwards. */
    async close(): Promise<void> {
      stop.abort()
      await Promise.allSettled([searching, prober.onIdle(), client?.close()])
    }
  }
}
