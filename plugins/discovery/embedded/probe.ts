import type { FastifyInstance } from 'fastify'
import PQueue from 'p-queue'
import type { Candidate, FoundMiner } from '../types.ts'

export type Prober = ReturnType<typeof createProber>

/** Creates a prober, which asks addresses for a miner. All searches share its limit of concurrent requests. */
export function createProber({ axeos, config, log }: FastifyInstance, closing: AbortSignal) {
  const queue = new PQueue({ concurrency: config.DISCOVERY_CONCURRENCY })

  async function ask({ address, source }: Candidate): Promise<FoundMiner | null> {
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
    /** Asks an address; null if no miner answers. Addresses from a sweep have the lowest priority. */
    async probe(candidate: Candidate): Promise<FoundMiner | null> {
      return (await queue.add(() => ask(candidate), { priority: candidate.source === 'sweep' ? 0 : 1 })) ?? null
    },

    /** Resolves when more may be queued, so that a sweep does not queue a large network at once. */
    waitForCapacity: () => queue.onSizeLessThan(config.DISCOVERY_CONCURRENCY),

    onIdle: () => queue.onIdle()
  }
}
