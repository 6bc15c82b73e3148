import type { Prober } from './probe.ts'
import type { SearchSource } from './sources.ts'
import type { Found, Log, Offer, Source } from '../types.ts'

// The most telling source names a miner that several sources know.
const WEIGHT: Record<Source, number> = { mdns: 2, arp: 1, sweep: 0, probe: 0, service: 0 }

/**
 * Runs all sources side by side and asks each place that they offer once. A source that fails is logged, and the others
 * go on.
 * @returns the miners that answered
 */
export async function search(
  sources: SearchSource[],
  prober: Prober,
  closing: AbortSignal,
  log: Log
): Promise<Found[]> {
  const knownBy = new Map<string, Source>()
  const probes: Promise<Found | null>[] = []

  const offer: Offer = (address, source) => {
    const known = knownBy.get(address.text)
    if (known === undefined) probes.push(prober.probe({ address, source }))
    if (known === undefined || WEIGHT[source] > WEIGHT[known]) knownBy.set(address.text, source)
  }

  const ends = await Promise.allSettled(sources.map((source) => source.run(offer, closing)))
  ends.forEach((end, index) => {
    if (end.status === 'fulfilled' || closing.aborted) return
    log.warn({ err: end.reason, source: sources[index]?.name }, 'discovery: a source failed, the others go on')
  })
  const found = (await Promise.all(probes)).filter((miner) => miner !== null)
  return found.map((miner) => ({ ...miner, source: knownBy.get(miner.address.text) ?? miner.source }))
}
