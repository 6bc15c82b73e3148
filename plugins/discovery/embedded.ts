import type { FastifyInstance } from 'fastify'
import { networkInterfaces } from 'node:os'
import { IdentityUnknownError } from '../../src/errors.ts'
import { parseNetworks, type Address } from '../../src/network.ts'
import { parseTargets, type Target } from '../../src/targets.ts'
import type { Arp } from './arp.ts'
import { identify, sighting } from './identify.ts'
import type { Prober } from './probe.ts'
import { search } from './search.ts'
import { arpSource, hostSource, mdnsSource, sweepSource, type SearchSource } from './sources.ts'
import { ownSubnets, privateAddresses } from './subnets.ts'
import type { Sighting, Source } from './types.ts'

export interface EmbeddedOptions {
  /** mDNS: the address of the one interface to use (default: all private ones) and how long to listen, ms. */
  mdns?: { interface?: string; waitMs?: number }
}

export type Embedded = ReturnType<typeof createEmbedded>

const MDNS_WAIT_MS = 2000

/** Finds miners from this machine: by looking at one address, or everywhere. */
export function createEmbedded(
  app: FastifyInstance,
  { arp, prober, closing }: { arp: Arp; prober: Prober; closing: AbortSignal },
  options: EmbeddedOptions
) {
  const { config, log, db } = app
  const networks = parseNetworks(config.DEVICE_NETWORKS)
  const rowOf = (mac: string) => db.discovered.get(mac)

  function sources(targets: Target[]): SearchSource[] {
    const { interface: only, waitMs = MDNS_WAIT_MS } = options.mdns ?? {}
    const interfaces = only ? [only] : privateAddresses(networkInterfaces()).map((own) => own.address)
    return [
      arpSource(arp, new Set([80, ...targets.map((target) => target.port)]), networks),
      sweepSource(targets, networks, prober.hasRoom),
      ...targets.flatMap((target) => (target.kind === 'host' ? [hostSource(target, networks, log)] : [])),
      ...(config.DISCOVERY_MDNS ? interfaces.map((address) => mdnsSource(address, waitMs, networks)) : [])
    ]
  }

  return {
    /**
     * Looks at one address now. `asked` is the identity of a miner that nothing else identifies.
     * @returns nothing when no miner answers there
     * @throws {IdentityUnknownError} a miner answers, and nobody knows which one
     */
    async at(address: Address, asked: string | null, source: Source = 'probe'): Promise<Sighting[]> {
      const answer = await prober.probe({ address, source })
      if (answer === null) return []
      const { known } = identify([answer], answer.reading.mac === null ? await arp.read() : new Map(), rowOf)
      if (known.length > 0) return known
      if (asked === null) throw new IdentityUnknownError(address.text)
      return [sighting(answer, asked)]
    },

    /** Looks everywhere: mDNS, ARP table and sweep side by side. Miners that nothing identifies are left out. */
    async everywhere(): Promise<Sighting[]> {
      const startedAt = performance.now()
      const targets =
        config.DISCOVERY_NETWORKS === '' ? ownSubnets(networkInterfaces()) : parseTargets(config.DISCOVERY_NETWORKS)
      const addresses = targets.reduce((sum, target) => sum + (target.kind === 'network' ? target.count : 1), 0)
      log.info({ addresses }, 'discovery: search started')
      const answers = await search(sources(targets), prober, closing, log)
      const { known, unknown } = identify(answers, await arp.read(), rowOf)
      for (const { address } of unknown)
        log.warn({ ip: address.text }, 'discovery: a miner with unknown MAC is left out')
      const ms = Math.round(performance.now() - startedAt)
      log.info({ found: known.length, addresses, ms }, 'discovery: search finished')
      return known
    }
  }
}
