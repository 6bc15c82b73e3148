import type { FastifyInstance } from 'fastify'
import type { Discovered } from '../../schemas/device.ts'
import type { DiscoverQuery, DiscoveredQuery } from '../../schemas/discovery.ts'
import { normalizeMac } from '../../src/mac.ts'
import { parseAddress, parseNetworks } from '../../src/network.ts'
import { createArp } from './arp.ts'
import { createEmbedded, type EmbeddedOptions } from './embedded.ts'
import { createLocator } from './locate.ts'
import { createProber } from './probe.ts'
import { matchDiscovered } from './query.ts'
import { record } from './record.ts'
import { usableAddress } from './sources.ts'
import type { MinerReader, Sighting } from './types.ts'

export interface DiscoveryOptions extends EmbeddedOptions {
  /** Shortest time between two whole searches that `locate` starts, ms. Default: 30,000 */
  locateIntervalMs?: number
  /** How long `macOf` may answer from the ARP table that it read last, ms. Default: 3000 */
  arpCacheMs?: number
}

/** Puts discovery together from its parts. */
export function createDiscovery(app: FastifyInstance, options: DiscoveryOptions) {
  const { config, db, log } = app
  const stop = new AbortController()
  const closing = stop.signal
  const reader = app.getDecorator<MinerReader>('axeos')
  const networks = parseNetworks(config.DEVICE_NETWORKS)
  const arp = createArp({ file: config.ARP_TABLE_FILE, cacheMs: options.arpCacheMs ?? 3000, log })
  const prober = createProber({
    reader,
    concurrency: config.DISCOVERY_CONCURRENCY,
    timeoutMs: config.DISCOVERY_TIMEOUT_MS,
    closing,
    log
  })
  const embedded = createEmbedded(app, { arp, prober, closing }, options)
  const finder = embedded

  const keep = async (sightings: Sighting[]) => (closing.aborted ? [] : record(db, sightings))

  let searching: Promise<Discovered[]> | null = null
  function everywhere(): Promise<Discovered[]> {
    searching ??= finder
      .everywhere()
      .then(keep)
      .finally(() => {
        searching = null
      })
    return searching
  }

  async function nearby(mac: string): Promise<Discovered | null> {
    const row = db.discovered.get(mac)
    const last = row ? parseAddress(row.ip) : null
    const neighbours = [...(await arp.read())].filter(([, known]) => known === mac).map(([host]) => host)
    const ports = new Set([80, last?.port ?? 80])
    const places = neighbours.flatMap((host) => [...ports].map((port) => ({ host, port, source: 'arp' as const })))
    for (const { host, port, source } of [...places, ...(last ? [{ ...last, source: 'probe' as const }] : [])]) {
      const address = usableAddress(networks, host, port)
      if (address === null) continue
      const rows = await keep(await embedded.at(address, null, source).catch(() => []))
      const found = rows.find((candidate) => candidate.mac === mac)
      if (found) return found
    }
    return null
  }

  return {
    /**
     * Looks for miners now: at `ip`, for `mac`, for `mac` at `ip`, or everywhere. Concurrent searches everywhere are one.
     * @throws {InvalidAddressError} @throws {AddressNotAllowedError} `ip` is not where a miner may be
     * @throws {IdentityUnknownError} the miner at `ip` does not tell its MAC, and nothing else does
     */
    async discover({ ip, mac: text }: DiscoverQuery): Promise<Discovered[]> {
      const mac = normalizeMac(text)
      if (text && mac === null) return []
      if (ip) {
        const rows = await keep(await finder.at(reader.address(ip), mac))
        return rows.filter((row) => mac === null || row.mac === mac)
      }
      if (mac === null) return everywhere()
      const close = await nearby(mac)
      return close ? [close] : (await everywhere()).filter((row) => row.mac === mac)
    },

    /** The miners that were ever seen and match the query (see `matchDiscovered`). */
    async discovered(query: DiscoveredQuery): Promise<Discovered[]> {
      return matchDiscovered(db.discovered.list(), query)
    },

    /** Where the miner with this MAC is now: asked, not remembered. Null when it is not found; never throws. */
    locate: createLocator({ nearby, everywhere, intervalMs: options.locateIntervalMs ?? 30_000, log }),

    /** The MAC that the ARP table has for an address (`a.b.c.d`, a port is ignored). */
    async macOf(ip: string): Promise<string | null> {
      const host = parseAddress(ip)?.host
      return host === undefined ? null : arp.macOf(host)
    },

    /** Ends what is under way. Nothing is stored afterwards. */
    async close(): Promise<void> {
      stop.abort()
      await Promise.allSettled([searching, prober.onIdle()])
    }
  }
}
