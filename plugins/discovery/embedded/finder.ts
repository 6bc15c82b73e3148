import { networkInterfaces } from 'node:os'
import type { FastifyInstance } from 'fastify'
import { parseNetworks } from '../../../src/network.ts'
import { parseTargets, type Target } from '../../../src/targets.ts'
import type { Arp } from './arp.ts'
import type { MdnsOptions } from './mdns.ts'
import type { Prober } from './probe.ts'
import { searchSources } from './search.ts'
import { arpSource, hostSource, mdnsSource, sweepSource, type SearchSource } from './sources.ts'
import { ownSubnets, privateAddresses, type Interfaces } from './subnets.ts'
import type { Finder } from '../types.ts'

export interface EmbeddedOptions {
  /** Default: on every interface with a private address */
  mdns?: MdnsOptions
  /** The network interfaces of the machine. Default: `os.networkInterfaces` */
  interfaces?: () => Interfaces
}

/** Creates a finder that searches from this machine. */
export function createEmbeddedFinder(
  { config, log }: FastifyInstance,
  { arp, prober, closing }: { arp: Arp; prober: Prober; closing: AbortSignal },
  { mdns = {}, interfaces = networkInterfaces }: EmbeddedOptions
): Finder {
  const networks = parseNetworks(config.DEVICE_NETWORKS)

  function targets(): Target[] {
    return config.DISCOVERY_NETWORKS === '' ? ownSubnets(interfaces()) : parseTargets(config.DISCOVERY_NETWORKS)
  }

  function sourcesFor(targets: Target[]): SearchSource[] {
    const own = mdns.interface ? [mdns.interface] : privateAddresses(interfaces()).map(({ address }) => address)
    return [
      arpSource(arp, new Set([80, ...targets.map(({ port }) => port)]), networks),
      sweepSource(targets, networks, prober.waitForCapacity),
      ...targets.flatMap((target) => (target.kind === 'host' ? [hostSource(target, networks, log)] : [])),
      ...(config.DISCOVERY_MDNS ? own.map((address) => mdnsSource({ ...mdns, interface: address }, networks)) : [])
    ]
  }

  return {
    async at(address) {
      const found = await prober.probe({ address, source: 'probe' })
      if (found === 'not asked') return { miners: [], failed: 1 }
      return { miners: found ? [found] : [], failed: 0 }
    },

    async everywhere() {
      const searched = targets()
      const addresses = searched.reduce((sum, target) => sum + (target.kind === 'network' ? target.count : 1), 0)
      log.info({ addresses, mdns: config.DISCOVERY_MDNS }, 'discovery: searching the network')
      if (addresses === 0) log.warn('discovery: no private network to search, set DISCOVERY_NETWORKS')
      return searchSources(sourcesFor(searched), prober, closing, log)
    }
  }
}
