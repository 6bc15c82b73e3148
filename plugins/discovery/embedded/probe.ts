import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import PQueue from 'p-queue'
import { backoffMs } from '../../../src/backoff.ts'
import { hasCode } from '../../../src/errors/code-of.ts'
import type { Candidate, FoundMiner } from '../types.ts'
import { createThrottle } from './throttle.ts'

export type Prober = ReturnType<typeof createProber>

/** What a probe ends with: the miner, null if none answers, or that this machine could not ask. */
export type ProbeResult = FoundMiner | null | 'not asked'

const SHORTEST_RETRY_MS = 50
const LONGEST_RETRY_MS = 1000

/**
 * Creates a prober, which asks addresses for a miner. All searches share its limit of concurrent requests. A probe that fails
 * because this machine ran out of a resource, such as file descriptors, is repeated with fewer at once.
 */
export function createProber(app: FastifyInstance, closing: AbortSignal) {
  const { axeos, config, log } = app
  const queue = new PQueue({ concurrency: config.DISCOVERY_CONCURRENCY })
  const throttle = createThrottle(queue, config.DISCOVERY_CONCURRENCY)

  async function ask({ address, source }: Candidate): Promise<ProbeResult> {
    if (closing.aborted) return null
    const startedAt = performance.now()
    try {
      const options = { signal: closing, timeoutMs: config.DISCOVERY_TIMEOUT_MS, closeAfter: true }
      const { mac, identity, info } = await axeos.readInfo(address, options)
      throttle.relax()
      return { address, source, mac, type: identity.model ?? identity.asicModel, info }
    } catch (err) {
      if (hasCode(err, 'PLUTO_SHORTAGE')) {
        throttle.reduce(startedAt)
        return 'not asked'
      }
      throttle.relax()
      log.debug({ err, ip: address.text }, 'discovery: no miner answers here')
      return null
    }
  }

  async function askAgain(candidate: Candidate, attempt: number): Promise<ProbeResult> {
    const waitMs = backoffMs(attempt, SHORTEST_RETRY_MS, LONGEST_RETRY_MS)
    await delay(waitMs, undefined, { signal: closing }).catch(() => undefined)
    return ask(candidate)
  }

  return {
    /** Asks an address. Addresses from a sweep have the lowest priority, and repeated probes the highest. */
    async probe(candidate: Candidate): Promise<ProbeResult> {
      let result = await queue.add(() => ask(candidate), { priority: candidate.source === 'sweep' ? 0 : 1 })
      for (let attempt = 1; result === 'not asked' && !throttle.isStuck; attempt++)
        result = await queue.add(() => askAgain(candidate, attempt), { priority: 2 })
      return result
    },

    /** Resolves when more may be queued, so that a sweep does not queue a large network at once. */
    waitForCapacity: () => queue.onSizeLessThan(config.DISCOVERY_CONCURRENCY),

    onIdle: () => queue.onIdle()
  }
}
