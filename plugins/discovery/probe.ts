import PQueue from 'p-queue'
import type { Answer, Candidate, Log, MinerReader } from './types.ts'

interface ProberOptions {
  reader: MinerReader
  concurrency: number
  timeoutMs: number
  closing: AbortSignal
  log: Log
}

export type Prober = ReturnType<typeof createProber>

/** Asks places for a miner, a bounded number of them at once, whoever wants to know. */
export function createProber({ reader, concurrency, timeoutMs, closing, log }: ProberOptions) {
  const queue = new PQueue({ concurrency })

  async function ask(candidate: Candidate): Promise<Answer | null> {
    if (closing.aborted) return null
    try {
      const reading = await reader.readInfo(candidate.address, { signal: closing, timeoutMs })
      return { address: candidate.address, reading, source: candidate.source }
    } catch (err) {
      log.debug({ err, ip: candidate.address.text }, 'no miner answers here')
      return null
    }
  }

  return {
    /** Null when no miner answers there. A place that is known for a reason goes before those that are only swept. */
    async probe(candidate: Candidate): Promise<Answer | null> {
      return (await queue.add(() => ask(candidate), { priority: candidate.source === 'sweep' ? 0 : 1 })) ?? null
    },

    /** Resolves when there is room to queue more: a sweep of a large network is not queued all at once. */
    hasRoom: () => queue.onSizeLessThan(concurrency),

    onIdle: () => queue.onIdle()
  }
}
