import { createSerial } from '../../src/serial.ts'
import { HOUR_MS, HourRecord, MINUTE_MS, MINUTES } from './hour-record.ts'
import type { TimeRange } from './time-range.ts'

const KEPT_HOURS = 24
/** Records per write. One batch of the whole fleet would block the event loop. */
const BATCH = 100

/** The part of `db.history` that the embedded history uses. `hour` counts hours since 1970. */
export interface HourTable {
  read(owner: string, hours: number[]): Promise<(Uint8Array | undefined)[]>
  readHour(hour: number): Promise<Map<string, Uint8Array>>
  write(records: { owner: string; hour: number; value: Uint8Array }[]): Promise<void>
  remove(owner: string, hours: number[]): Promise<void>
  removeBefore(hour: number): Promise<void>
}

const hourOf = (ms: number) => Math.floor(ms / HOUR_MS)
const minuteOf = (ms: number) => Math.floor(ms / MINUTE_MS) % MINUTES

/**
 * Creates the store of the embedded history. It keeps averages per minute for the last 24 hours: the current hour in memory,
 * and one record per owner and hour on disk. Float32 has seven digits, more than a miner measures.
 * @param widthOf number of metrics of an owner
 */
export function createEmbeddedStore(table: HourTable, widthOf: (owner: string) => number, now: () => number) {
  /** Records of the current hour, and older ones that are not on disk yet, by owner and hour. */
  const records = new Map<string, Map<number, HourRecord>>()
  const unsaved = new Map<HourRecord, string>()
  /** The latest hour that has been recorded. Earlier ones come again when the clock is set back, and may be on disk. */
  let latestHour = -Infinity
  const needsStored = new Set<HourRecord>()
  /** One write at a time, so that a running flush does not write an erased record again. */
  const writes = createSerial()

  function recordOf(owner: string, hour: number): HourRecord {
    const own = records.get(owner) ?? new Map<number, HourRecord>()
    const record = own.get(hour) ?? new HourRecord(hour, widthOf(owner))
    if (!own.has(hour) && hour <= latestHour) needsStored.add(record)
    latestHour = Math.max(latestHour, hour)
    records.set(owner, own.set(hour, record))
    return record
  }

  async function complete(record: HourRecord, owner: string): Promise<void> {
    const [stored] = await table.read(owner, [record.hour])
    record.fillFrom(stored)
  }

  async function writeUnsaved(): Promise<void> {
    const waiting = [...unsaved]
    for (let at = 0; at < waiting.length; at += BATCH) {
      const batch = waiting.slice(at, at + BATCH).filter(([record]) => unsaved.delete(record))
      try {
        for (const [record, owner] of batch) if (needsStored.delete(record)) await complete(record, owner)
        await table.write(batch.map(([record, owner]) => ({ owner, hour: record.hour, value: record.bytes })))
      } catch (error) {
        for (const [record, owner] of batch) if (records.has(owner)) unsaved.set(record, owner)
        throw error
      }
    }
    dropSaved()
    await table.removeBefore(hourOf(now()) - KEPT_HOURS)
  }

  function dropSaved(): void {
    const current = hourOf(now())
    for (const own of records.values())
      for (const [hour, record] of own) if (hour !== current && !unsaved.has(record)) own.delete(hour)
  }

  return {
    /** Loads the current hour, so that its averages continue after a restart. */
    async load(): Promise<void> {
      const hour = hourOf(now())
      for (const [owner, bytes] of await table.readHour(hour))
        records.set(owner, new Map([[hour, new HourRecord(hour, widthOf(owner), bytes)]]))
    },

    /** Adds a sample of all metrics of an owner to the averages of the current minute. */
    add(owner: string, values: readonly (number | null)[]): void {
      const record = recordOf(owner, hourOf(now()))
      record.add(minuteOf(now()), values)
      unsaved.set(record, owner)
    },

    /** Reads the average of a metric for each step. Null where there is no value, as before the last 24 hours. */
    async read(owner: string, metric: number, { startMs, stepMs, count }: TimeRange): Promise<(number | null)[]> {
      const endMs = Math.min(startMs + stepMs * count, now() + 1)
      const beginMs = Math.max(startMs, now() - KEPT_HOURS * HOUR_MS)
      const hours: number[] = []
      for (let hour = hourOf(beginMs); hour * HOUR_MS < endMs; hour++) hours.push(hour)
      const stored = await table.read(owner, hours)
      const own = records.get(owner)
      const sums = Array.from({ length: count }, () => ({ sum: 0, count: 0 }))
      hours.forEach((hour, i) => {
        const record = own?.get(hour) ?? new HourRecord(hour, widthOf(owner))
        record.fillFrom(stored[i])
        for (let minute = 0; minute < MINUTES; minute++) {
          const at = hour * HOUR_MS + minute * MINUTE_MS
          const value = at + MINUTE_MS <= beginMs || at >= endMs ? null : record.get(minute, metric)
          const step = sums[Math.floor((at - startMs) / stepMs)]
          if (value === null || step === undefined) continue
          step.sum += value
          step.count++
        }
      })
      return sums.map(({ sum, count }) => (count === 0 ? null : sum / count))
    },

    /** Writes all changes, and erases what is older than 24 hours. */
    flush: () => writes.run(writeUnsaved),

    /** Erases the whole history of an owner. */
    forget(owner: string): Promise<void> {
      for (const record of records.get(owner)?.values() ?? []) unsaved.delete(record)
      records.delete(owner)
      const current = hourOf(now())
      const hours = Array.from({ length: KEPT_HOURS + 2 }, (_, i) => current + 1 - i)
      return writes.run(() => table.remove(owner, hours))
    }
  }
}
export type EmbeddedStore = ReturnType<typeof createEmbeddedStore>
