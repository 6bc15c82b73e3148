import type { BatchOperation } from 'level'
import type { Change, Database } from './table.ts'
import type { Read } from './writer.ts'

type Operation = BatchOperation<Database, string, unknown>

/** A sublevel of records in groups, such as the devices of an operation: many, so they are read from disk when asked for. */
export class GroupedTable<T> {
  readonly #sublevel
  readonly #read: Read

  constructor(level: Database, name: string, read: Read) {
    this.#read = read
    this.#sublevel = level.sublevel<string, T>(name, { valueEncoding: 'json' })
  }

  /** Opens the sublevel again after its database was opened anew. */
  open(): Promise<void> {
    return this.#sublevel.open()
  }

  /** Prepares storing a record; nothing happens before `commit`. */
  put(group: string, key: string, value: T): Change {
    const operation: Operation = { type: 'put', sublevel: this.#sublevel, key: `${group}:${key}`, value }
    return { operation, apply: () => undefined }
  }

  /** Prepares deleting all records that a group has now; nothing happens before `commit`. */
  async del(group: string): Promise<Change[]> {
    const keys = await this.#read(() => this.#sublevel.keys(rangeOf(group)).all())
    return keys.map((key) => {
      const operation: Operation = { type: 'del', sublevel: this.#sublevel, key }
      return { operation, apply: () => undefined }
    })
  }

  /** Those of the groups that have a record with this key. */
  async groupsWith(groups: string[], key: string): Promise<string[]> {
    const values = await this.#read(() => this.#sublevel.getMany(groups.map((group) => `${group}:${key}`)))
    return groups.filter((_, i) => values[i] !== undefined)
  }

  /** The records of a group, in the order of their keys. */
  list(group: string): Promise<T[]> {
    return this.#read(() => this.#sublevel.values(rangeOf(group)).all())
  }
}

/** `;` comes right behind `:`. */
const rangeOf = (group: string) => ({ gt: `${group}:`, lt: `${group};` })
