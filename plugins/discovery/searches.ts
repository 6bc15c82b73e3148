import type { FastifyInstance } from 'fastify'
import { isStoreFailure } from '../../src/errors/code-of.ts'
import type { Discovered } from '../../schemas/device.ts'
import type { DiscoveredQuery } from '../../schemas/discovery.ts'
import type { Address } from '../../src/network.ts'
import type { Arp } from './embedded/arp.ts'
import { createLikelyAddresses } from './embedded/likely-addresses.ts'
import type { Prober } from './embedded/probe.ts'
import { identify, identifyAt, type Identification } from './identify.ts'
import { matchDiscovered } from './match.ts'
import { storeFound, storeRemembered, toRow } from './rows.ts'
import type { ServiceFinder } from './service/finder.ts'
import type { Finder, Found, FoundMiner, IdentifiedMiner } from './types.ts'

/** The rows that a search found, and how much of it failed: see `Found`. */
export interface SearchResult {
  readonly rows: Discovered[]
  readonly failed: number
}

interface SearchParts {
  arp: Arp
  prober: Prober
  finder: Finder
  /** The external service; null while the embedded finder is in use. */
  service: ServiceFinder | null
  closing: AbortSignal
  /** Called for each miner that answers: with a MAC that only its own answer may vouch for, and with its address. */
  onFound(mac: string, address: Address): void
}

/** Creates the searches. Each identifies and stores the miners that it finds before it returns them. */
export function createSearches(app: FastifyInstance, parts: SearchParts) {
  const { arp, prober, finder, service, closing, onFound } = parts
  const { axeos, db, log } = app
  const findLikely = createLikelyAddresses(app, { arp, prober })
  let running: Promise<SearchResult> | null = null

  /** Reads the ARP table after the miners have answered, when the kernel has just learned their addresses. */
  async function identifyAll(found: FoundMiner[]): Promise<Identification> {
    const needsArp = found.some(({ mac }) => mac === null)
    return identify(found, needsArp ? await arp.read() : new Map(), (mac) => db.discovered.get(mac))
  }

  async function store(miners: IdentifiedMiner[]): Promise<Discovered[]> {
    if (closing.aborted) return []
    for (const { mac, address } of miners) onFound(mac, address)
    return storeFound(db, miners)
  }

  async function identifyAndStore({ miners, failed }: Found): Promise<SearchResult> {
    return { rows: await store((await identifyAll(miners)).known), failed }
  }

  async function search(): Promise<SearchResult> {
    const startedAt = performance.now()
    log.info('discovery: search started')
    const { miners, failed } = await finder.everywhere()
    const { known, unknown } = await identifyAll(miners)
    const rows = await store(known)
    log.info({ found: rows.length, ms: Math.round(performance.now() - startedAt) }, 'discovery: search finished')
    const ips = unknown.map(({ address }) => address.text)
    if (ips.length > 0)
      log.warn({ count: ips.length, some: ips.slice(0, 5) }, 'discovery: left out miners without a MAC')
    if (failed > 0) log.warn({ failed }, 'discovery: the search is incomplete')
    return { rows, failed }
  }

  /** Searches everywhere, or joins the search that is running. */
  function everywhere(): Promise<SearchResult> {
    running ??= search().finally(() => {
      running = null
    })
    return running
  }

  /** Looks for a MAC at the addresses where it is most likely to be. */
  async function nearby(mac: string): Promise<Discovered | null> {
    for await (const found of findLikely(mac)) {
      const { known } = await identifyAll([found])
      const rows = await store(known).catch((error: unknown) => {
        // A caller that follows a device to its new address needs the row even if it cannot be stored.
        if (isStoreFailure(error)) return known.map((miner) => toRow(db, miner))
        throw error
      })
      const row = rows.find((stored) => stored.mac === mac)
      if (row) return row
    }
    return null
  }

  return {
    everywhere,
    nearby,

    /** Asks one address. A miner there that nothing else identifies gets `expectedMac`. */
    async at(ip: string, expectedMac: string | null): Promise<SearchResult> {
      const address = axeos.parseAddress(ip)
      const { miners, failed } = await finder.at(address, expectedMac)
      return { rows: await store(identifyAt(address.text, expectedMac, await identifyAll(miners))), failed }
    },

    /** Looks for one MAC. The result may contain other miners that were found on the way. */
    async withMac(mac: string): Promise<SearchResult> {
      if (service) return identifyAndStore(await service.withMac(mac))
      const row = await nearby(mac)
      return row ? { rows: [row], failed: 0 } : everywhere()
    },

    /** Lists what was found before: by the service if there is one, else by this backend. */
    async remembered(query: DiscoveredQuery): Promise<Discovered[]> {
      if (!service) return matchDiscovered(db.discovered.list(), query)
      const { known } = await identifyAll((await service.discovered(query)).miners)
      const { macs = '', partialMacs } = query
      // Clients register what a query for exact MACs returns, so its filter is applied here as well.
      const filter: DiscoveredQuery = partialMacs === 'none' ? { macs, partialMacs } : {}
      return matchDiscovered(await storeRemembered(db, known), filter)
    },

    /** Resolves when no search is running. */
    async settled(): Promise<void> {
      await Promise.allSettled([running, prober.onIdle()])
    }
  }
}
