import type { Database } from './table.ts'
import type { Read, Write } from './writer.ts'

/** A sublevel of binary records keyed by hour and owner: old records are one key range, and reads are direct lookups. */
export class BlobTable {
  readonly #sublevel
  readonly #write: Write
  readonly #read: Read

  constructor(level: Database, name: string, { write, read }: { write: Write; read: Read }) {
    this.#read = read
    this.#write = write
    this.#sublevel = level.sublevel<string, Uint8Array>(name, { valueEncoding: 'view' })
  }

  /** Reopens the sublevel after its database was reopened. */
  open(): Promise<void> {
    return this.#sublevel.open()
  }

  /** Returns the records of an owner for these hours, in the order of `hours`; undefined for an hour without a record. */
  read(owner: string, hours: number[]): Promise<(Uint8Array | undefined)[]> {
    return this.#read(() => this.#sublevel.getMany(hours.map((hour) => keyOf(hour, owner))))
  }

  /** Returns every record of an hour, by owner. */
  async readHour(hour: number): Promise<Map<string, Uint8Array>> {
    const start = keyOf(hour, '')
    const range = { gte: start, lt: keyOf(hour + 1, '') }
    const entries = await this.#read(() => this.#sublevel.iterator(range).all())
    return new Map(entries.map(([key, value]) => [key.slice(start.length), value]))
  }

  /** Stores records without waiting for the disk. */
  write(records: { owner: string; hour: number; value: Uint8Array }[]): Promise<void> {
    return this.#write(() =>
      this.#sublevel.batch(records.map(({ owner, hour, value }) => ({ type: 'put', key: keyOf(hour, owner), value })))
    )
  }

  /** Deletes the records of an owner for these hours. */
  remove(owner: string, hours: number[]): Promise<void> {
    return this.#write(() => this.#sublevel.batch(hours.map((hour) => ({ type: 'del', key: keyOf(hour, owner) }))))
  }

  /** Deletes everything before an hour. */
  removeBefore(hour: number): Promise<void> {
    return this.#write(() => this.#sublevel.clear({ lt: keyOf(hour, '') }))
  }
}

/** Hours since 1970, zero-padded so that keys sort by time. Seven digits last for a thousand years. */
const keyOf = (hour: number, owner: string) => `${String(hour).padStart(7, '0')}:${owner}`
