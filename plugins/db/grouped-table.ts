import type { BatchOperation } from 'level'
import type { Change, Database } from './table.ts'
import type { Read } from './writer.ts'

type Operation = BatchOperation<Database, string, unknown>

/** A sublevel of records in groups, such as the devices of an operation. There are many, so every read goes to disk. */
export class GroupedTable<T> {
  readonly #sublevel
  readonly #read: Read

  constructor(level: Database, name: string, read: Read) {
    this.#read = read
    this.#sublevel = level.sublevel<string, T>(name, { valueEncoding: 'json' })
  }

  /** Reopens the sublevel after its database was reopened. */
  open(): Promise<void> {
    return this.#sublevel.open()
  }

  /** Returns the change that stores a record, for `commit`. */
  put(group: string, key: string, value: T): Change {
    const operation: Operation = { type: 'put', sublevel: this.#sublevel, key: `${group}:${key}`, value }
    return { operation, apply: () => undefined }
  }

  /** Returns the changes that delete every record the group has now, for `commit`. */
  async del(group: string): Promise<Change[]> {
    const keys = await this.#read(() => this.#sublevel.keys(rangeOf(group)).all())
    return keys.map((key) => {
      const operation: Operation = { type: 'del', sublevel: this.#sublevel, key }
      return { operation, apply: () => undefined }
    })
  }

  /** Filters `groups` down to those that have a record with this key. */
  async groupsWith(groups: string[], key: string): Promise<string[]> {
    const values = await this.#read(() => this.#sublevel.getMany(groups.map((group) => `${group}:${key}`)))
    return groups.filter((_, i) => values[i] !== undefined)
  }

  /** Returns the records of a group, sorted by key. */
  list(group: string): Promise<T[]> {
    return this.#read(() => this.#sublevel.values(rangeOf(group)).all())
  }
}

/** `;` directly follows `:` in ASCII. */
const rangeOf = (group: string) => ({ gt: `${group}:`, lt: `${group};` })
