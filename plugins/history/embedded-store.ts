import { Chunk, HOUR_MS, MINUTE_MS, MINUTES } from './hour-record.ts'
import type { Span } from './time-range.ts'

const KEPT_HOURS = 24
/** Records that are written at once: a fleet's as one batch would take the loop for itself. */
const BATCH = 100

/** Where chunks are kept: as `db.history` has it. */
export interface ChunkStore {
  read(owner: string, hours: number[]): Promise<(Uint8Array | undefined)[]>
  readHour(hour: number): Promise<Map<string, Uint8Array>>
  write(records: { owner: string; hour: number; value: Uint8Array }[]): Promise<void>
  remove(owner: string, hours: number[]): Promise<void>
  removeBefore(hour: number): Promise<void>
}

const hourOf = (ms: number) => Math.floor(ms / HOUR_MS)
const minuteOf = (ms: number) => Math.floor(ms / MINUTE_MS) % MINUTES

/**
 * Keeps averages over a minute for the last 24 hours: the current hour in memory, and one record for each owner and hour on
 * disk. Float32 has seven digits, which is more than a miner measures.
 * @param widthOf number of metrics of an owner
 */
export function createRing(store: ChunkStore, widthOf: (owner: string) => number, now: () => number) {
  /** Chunks of the current hour, and older ones that are not on disk yet. */
  const chunks = new Map<string, Map<number, Chunk>>()
  const unsaved = new Map<Chunk, string>()
  let writing = Promise.resolve()

  /** One write after the other: what is erased is not written again by a batch that was on its way. */
  function inTurn(write: () => Promise<void>): Promise<void> {
    const turn = writing.then(write)
    writing = turn.catch(() => undefined)
    return turn
  }

  function chunkOf(owner: string, hour: number): Chunk {
    const own = chunks.get(owner) ?? new Map<number, Chunk>()
    const chunk = own.get(hour) ?? new Chunk(hour, widthOf(owner))
    chunks.set(owner, own.set(hour, chunk))
    return chunk
  }

  async function writeUnsaved(): Promise<void> {
    const waiting = [...unsaved]
    for (let at = 0; at < waiting.length; at += BATCH) {
      const batch = waiting.slice(at, at + BATCH).filter(([chunk]) => unsaved.delete(chunk))
      try {
        await store.write(batch.map(([chunk, owner]) => ({ owner, hour: chunk.hour, value: chunk.bytes })))
      } catch (error) {
        for (const [chunk, owner] of batch) if (chunks.has(owner)) unsaved.set(chunk, owner)
        throw error
      }
    }
    forgetSaved()
    await store.removeBefore(hourOf(now()) - KEPT_HOURS)
  }

  function forgetSaved(): void {
    const current = hourOf(now())
    for (const own of chunks.values())
      for (const [hour, chunk] of own) if (hour !== current && !unsaved.has(chunk)) own.delete(hour)
  }

  return {
    /** Goes on with the hour that was left off at the last stop. */
    async load(): Promise<void> {
      const hour = hourOf(now())
      for (const [owner, bytes] of await store.readHour(hour))
        chunks.set(owner, new Map([[hour, new Chunk(hour, widthOf(owner), bytes)]]))
    },

    /** Takes a sample of all metrics of an owner into the average of this minute. */
    add(owner: string, values: readonly (number | null)[]): void {
      const chunk = chunkOf(owner, hourOf(now()))
      chunk.add(minuteOf(now()), values)
      unsaved.set(chunk, owner)
    },

    /** The average of a metric for each step; null where nothing is known, as before the last 24 hours. */
    async read(owner: string, metric: number, { startMs, stepMs, count }: Span): Promise<(number | null)[]> {
      const endMs = Math.min(startMs + stepMs * count, now() + 1)
      const beginMs = Math.max(startMs, now() - KEPT_HOURS * HOUR_MS)
      const hours: number[] = []
      for (let hour = hourOf(beginMs); hour * HOUR_MS < endMs; hour++) hours.push(hour)
      const stored = await store.read(owner, hours)
      const own = chunks.get(owner)
      const sums = Array.from({ length: count }, () => ({ sum: 0, count: 0 }))
      hours.forEach((hour, i) => {
        const chunk = own?.get(hour) ?? new Chunk(hour, widthOf(owner), stored[i])
        for (let minute = 0; minute < MINUTES; minute++) {
          const at = hour * HOUR_MS + minute * MINUTE_MS
          const value = at + MINUTE_MS <= beginMs || at >= endMs ? null : chunk.get(minute, metric)
          const step = sums[Math.floor((at - startMs) / stepMs)]
          if (value === null || step === undefined) continue
          step.sum += value
          step.count++
        }
      })
      return sums.map(({ sum, count }) => (count === 0 ? null : sum / count))
    },

    /** Writes what has changed, and erases what is older than 24 hours. */
    flush: () => inTurn(writeUnsaved),

    /** Erases all that is kept of an owner. */
    forget(owner: string): Promise<void> {
      for (const chunk of chunks.get(owner)?.values() ?? []) unsaved.delete(chunk)
      chunks.delete(owner)
      const current = hourOf(now())
      return inTurn(() =>
        store.remove(
          owner,
          Array.from({ length: KEPT_HOURS + 2 }, (_, i) => current + 1 - i)
        )
      )
    }
  }
}
export type Ring = ReturnType<typeof createRing>
