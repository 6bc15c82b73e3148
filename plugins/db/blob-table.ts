import type { Database } from './table.ts'
import type { Read, Write } from './writer.ts'

/** Binary records by hour and owner: what is old is a range, and a record is found without looking for it. */
export class BlobTable {
  readonly #sublevel
  readonly #write: Write
  readonly #read: Read

  constructor(level: Database, name: string, { write, read }: { write: Write; read: Read }) {
    this.#read = read
    this.#write = write
    this.#sublevel = level.sublevel<string, Uint8Array>(name, { valueEncoding: 'view' })
  }

  /** Opens the sublevel again after its database was opened anew. */
  open(): Promise<void> {
    return this.#sublevel.open()
  }

  /** The records of an owner for these hours, in their order; undefined where there is none. */
  read(owner: string, hours: number[]): Promise<(Uint8Array | undefined)[]> {
    return this.#read(() => this.#sublevel.getMany(hours.map((hour) => keyOf(hour, owner))))
  }

  /** Every record of an hour, by its owner. */
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

/** Hours since 1970, in as many digits as they will need for a hundred years. */
const keyOf = (hour: number, owner: string) => `${String(hour).padStart(7, '0')}:${owner}`
