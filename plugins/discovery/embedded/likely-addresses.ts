import type { FastifyInstance } from 'fastify'
import { parseAddress, parseNetworks } from '../../../src/network.ts'
import type { Arp } from './arp.ts'
import type { Prober } from './probe.ts'
import { usableAddress } from './sources.ts'
import type { Candidate, FoundMiner, Source } from '../types.ts'

/**
 * Creates a generator of the miners that answer where a MAC is most likely to be: at its addresses in the ARP table, then
 * where it was last seen. The caller checks the identity of each.
 */
export function createLikelyAddresses({ config, db }: FastifyInstance, { arp, prober }: { arp: Arp; prober: Prober }) {
  const networks = parseNetworks(config.DEVICE_NETWORKS)

  async function likelyAddresses(mac: string): Promise<Candidate[]> {
    const last = parseAddress(db.discovered.get(mac)?.ip ?? '')
    const neighbours = [...(await arp.recent())].filter(([, known]) => known === mac).map(([host]) => host)
    const ports = [...new Set([80, last?.port ?? 80])]
    const toCandidate = (source: Source, host: string, port: number): Candidate[] => {
      const address = usableAddress(networks, host, port)
      return address ? [{ address, source }] : []
    }
    const inArp = neighbours.flatMap((host) => ports.flatMap((port) => toCandidate('arp', host, port)))
    return last ? [...inArp, ...toCandidate('probe', last.host, last.port)] : inArp
  }

  return async function* findLikely(mac: string): AsyncGenerator<FoundMiner> {
    for (const candidate of await likelyAddresses(mac)) {
      const found = await prober.probe(candidate)
      if (found && found !== 'not asked') yield found
    }
  }
}
