import type { Prober, ProbeResult } from './probe.ts'
import type { SearchSource } from './sources.ts'
import type { Found, Log, OnCandidate, Source } from '../types.ts'

// A miner that several sources know is named after the one of the highest weight.
const WEIGHT: Record<Source, number> = { mdns: 2, arp: 1, sweep: 0, probe: 0, service: 0 }

/**
 * Runs all sources in parallel and asks each address that they find once. A source that fails is logged and does not affect
 * the others.
 * @returns the miners that answered, and how many addresses and sources failed
 */
export async function searchSources(
  sources: SearchSource[],
  prober: Prober,
  closing: AbortSignal,
  log: Log
): Promise<Found> {
  const knownBy = new Map<string, Source>()
  const probes: Promise<ProbeResult>[] = []

  const onCandidate: OnCandidate = (address, source) => {
    const known = knownBy.get(address.text)
    if (known === undefined) probes.push(prober.probe({ address, source }))
    if (known === undefined || WEIGHT[source] > WEIGHT[known]) knownBy.set(address.text, source)
  }

  const ends = await Promise.allSettled(sources.map((source) => source.run(onCandidate, closing)))
  ends.forEach((end, index) => {
    if (end.status === 'fulfilled' || closing.aborted) return
    log.warn({ err: end.reason, source: sources[index]?.name }, 'discovery: a source failed, the others continue')
  })
  const results = await Promise.all(probes)
  const notAsked = results.filter((result) => result === 'not asked').length
  const failedSources = ends.filter(({ status }) => status === 'rejected').length
  const miners = results
    .filter((result) => result !== null && result !== 'not asked')
    .map((miner) => ({ ...miner, source: knownBy.get(miner.address.text) ?? miner.source }))
  return { miners, failed: notAsked + failedSources }
}
