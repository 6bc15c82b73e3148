import type { Prober } from './probe.ts'
import type { SearchSource } from './sources.ts'
import type { Answer, Candidate, Log, Offer, Source } from './types.ts'

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
): Promise<Answer[]> {
  const seen = new Map<string, Candidate>()
  const probes: Promise<Answer | null>[] = []

  const offer: Offer = (address, source) => {
    const known = seen.get(address.text)
    if (known) {
      if (WEIGHT[source] > WEIGHT[known.source]) known.source = source
      return
    }
    const candidate = { address, source }
    seen.set(address.text, candidate)
    probes.push(prober.probe(candidate))
  }

  const ends = await Promise.allSettled(sources.map((source) => source.run(offer, closing)))
  ends.forEach((end, index) => {
    if (end.status === 'fulfilled' || closing.aborted) return
    log.warn({ err: end.reason, source: sources[index]?.name }, 'a source of discovery failed, the others go on')
  })
  const answers = (await Promise.all(probes)).filter((answer) => answer !== null)
  return answers.map((answer) => ({ ...answer, source: seen.get(answer.address.text)?.source ?? answer.source }))
}
