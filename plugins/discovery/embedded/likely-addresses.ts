import type { FastifyInstance } from 'fastify'
import { parseAddress, parseNetworks } from '../../../src/network.ts'
import type { Arp } from './arp.ts'
import type { Prober } from './probe.ts'
import { usableAddress } from './sources.ts'
import type { Candidate, Found, Source } from '../types.ts'

/**
 * Lists where a MAC is most likely to be: the addresses that the ARP table has for it, then the one where it was last
 * seen, and what answers there. The caller tells whether it is the one.
 */
export function createNearby({ config, db }: FastifyInstance, { arp, prober }: { arp: Arp; prober: Prober }) {
  const networks = parseNetworks(config.DEVICE_NETWORKS)

  async function places(mac: string): Promise<Candidate[]> {
    const last = parseAddress(db.discovered.get(mac)?.ip ?? '')
    const neighbours = [...(await arp.recent())].filter(([, known]) => known === mac).map(([host]) => host)
    const ports = [...new Set([80, last?.port ?? 80])]
    const candidate = (source: Source, host: string, port: number): Candidate[] => {
      const address = usableAddress(networks, host, port)
      return address ? [{ address, source }] : []
    }
    const near = neighbours.flatMap((host) => ports.flatMap((port) => candidate('arp', host, port)))
    return last ? [...near, ...candidate('probe', last.host, last.port)] : near
  }

  return async function* nearby(mac: string): AsyncGenerator<Found> {
    for (const place of await places(mac)) {
      const found = await prober.probe(place)
      if (found) yield found
    }
  }
}
