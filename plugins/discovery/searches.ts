import type { FastifyInstance } from 'fastify'
import { isStoreFailure } from '../../src/errors/store-failure.ts'
import type { Discovered } from '../../schemas/device.ts'
import type { DiscoveredQuery } from '../../schemas/discovery.ts'
import type { Arp } from './embedded/arp.ts'
import { identify, settleAt, type Identified } from './identify.ts'
import { createNearby } from './embedded/likely-addresses.ts'
import type { Prober } from './embedded/probe.ts'
import { matchDiscovered } from './match.ts'
import { record, recordMemory, toRow } from './rows.ts'
import type { ServiceFinder } from './service/finder.ts'
import type { Finder, Found, Sighting } from './types.ts'

interface LookParts {
  arp: Arp
  prober: Prober
  finder: Finder
  /** The external service, where it is the one that finds. */
  service: ServiceFinder | null
  closing: AbortSignal
}

/** The ways to look for miners. Whatever is found is identified and stored before it is answered. */
export function createLook(app: FastifyInstance, { arp, prober, finder, service, closing }: LookParts) {
  const { axeos, db, log } = app
  const placesNear = createNearby(app, { arp, prober })
  let searching: Promise<Discovered[]> | null = null

  /** Reads the ARP table after the miners were asked, when the kernel has just learned their addresses. */
  async function identifyAll(found: Found[]): Promise<Identified> {
    const silent = found.some(({ mac }) => mac === null)
    return identify(found, silent ? await arp.read() : new Map(), (mac) => db.discovered.get(mac))
  }

  const keep = async (seen: Sighting[]) => (closing.aborted ? [] : record(db, seen))

  async function search(): Promise<Discovered[]> {
    const startedAt = performance.now()
    log.info('discovery: search started')
    const { known, unknown } = await identifyAll(await finder.everywhere())
    const rows = await keep(known)
    log.info({ found: rows.length, ms: Math.round(performance.now() - startedAt) }, 'discovery: search finished')
    const ips = unknown.map(({ address }) => address.text)
    if (ips.length > 0)
      log.warn({ count: ips.length, some: ips.slice(0, 5) }, 'discovery: miners that nothing identifies are left out')
    return rows
  }

  /** Looks everywhere: starts a search, or joins the one that runs. */
  function everywhere(): Promise<Discovered[]> {
    searching ??= search().finally(() => {
      searching = null
    })
    return searching
  }

  /** Looks where a MAC is most likely to be. */
  async function nearby(mac: string): Promise<Discovered | null> {
    for await (const found of placesNear(mac)) {
      const { known } = await identifyAll([found])
      const rows = await keep(known).catch((error: unknown) => {
        // Whoever follows a device to its new address can do without it being stored.
        if (isStoreFailure(error)) return known.map((seen) => toRow(db, seen))
        throw error
      })
      const row = rows.find((seen) => seen.mac === mac)
      if (row) return row
    }
    return null
  }

  return {
    everywhere,
    nearby,

    /** Looks at one address. `asked` is the MAC of a miner there that nothing else identifies. */
    async at(ip: string, asked: string | null): Promise<Discovered[]> {
      const address = axeos.address(ip)
      return keep(settleAt(address.text, asked, await identifyAll(await finder.at(address, asked))))
    },

    /** Looks for one MAC; the answer may hold others that were met on the way. */
    async withMac(mac: string): Promise<Discovered[]> {
      if (service) return keep((await identifyAll(await service.withMac(mac))).known)
      const row = await nearby(mac)
      return row ? [row] : everywhere()
    },

    /** What was found before: by the service, where there is one, else from here. */
    async remembered(query: DiscoveredQuery): Promise<Discovered[]> {
      if (!service) return matchDiscovered(db.discovered.list(), query)
      const { known } = await identifyAll(await service.discovered(query))
      const { macs = '', partialMacs } = query
      // A question for exact MACs registers what it finds: it gets nothing else, whatever the service answers.
      return matchDiscovered(await recordMemory(db, known), partialMacs === 'none' ? { macs, partialMacs } : {})
    },

    /** Resolves when nothing is under way any more. */
    async settled(): Promise<void> {
      await Promise.allSettled([searching, prober.onIdle()])
    }
  }
}
