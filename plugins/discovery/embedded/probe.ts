import type { FastifyInstance } from 'fastify'
import PQueue from 'p-queue'
import type { Candidate, Found } from '../types.ts'

export type Prober = ReturnType<typeof createProber>

/** Asks places for a miner, a bounded number of them at once, whoever wants to know. */
export function createProber({ axeos, config, log }: FastifyInstance, closing: AbortSignal) {
  const queue = new PQueue({ concurrency: config.DISCOVERY_CONCURRENCY })

  async function ask({ address, source }: Candidate): Promise<Found | null> {
    if (closing.aborted) return null
    try {
      const options = { signal: closing, timeoutMs: config.DISCOVERY_TIMEOUT_MS }
      const { mac, identity, info } = await axeos.readInfo(address, options)
      return { address, source, mac, type: identity.model ?? identity.asicModel, info }
    } catch (err) {
      log.debug({ err, ip: address.text }, 'discovery: no miner answers here')
      return null
    }
  }

  return {
    /** Null when no miner answers there. A place that is known for a reason goes before those that are only swept. */
    async probe(candidate: Candidate): Promise<Found | null> {
      return (await queue.add(() => ask(candidate), { priority: candidate.source === 'sweep' ? 0 : 1 })) ?? null
    },

    /** Resolves when there is room to queue more: a sweep of a large network is not queued all at once. */
    hasRoom: () => queue.onSizeLessThan(config.DISCOVERY_CONCURRENCY),

    onIdle: () => queue.onIdle()
  }
}
