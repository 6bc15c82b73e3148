import type { BatchOperation, Level } from 'level'

export type Database = Level<string, unknown>
type Operation = BatchOperation<Database, string, unknown>

/** One write that `commit` makes durable: what LevelDB is told, and what memory is told once LevelDB has it. */
export interface Change {
  readonly operation: Operation
  apply(): void
}

/** A sublevel of one kind of record, held in memory as well, so that reads are synchronous. */
export class Table<T> {
  readonly #rows = new Map<string, T>()
  readonly #sublevel

  constructor(level: Database, name: string) {
    this.#sublevel = level.sublevel<string, T>(name, { valueEncoding: 'json' })
  }

  get size(): number {
    return this.#rows.size
  }

  get(key: string): T | undefined {
    return this.#rows.get(key)
  }

  has(key: string): boolean {
    return this.#rows.has(key)
  }

  /** Every record, in the order of the keys as they were first stored. */
  list(): T[] {
    return [...this.#rows.values()]
  }

  /** Prepares storing a record; nothing happens before `commit`. */
  put(key: string, value: T): Change {
    const operation: Operation = { type: 'put', sublevel: this.#sublevel, key, value }
    return { operation, apply: () => void this.#rows.set(key, value) }
  }

  /** Prepares deleting a record; nothing happens before `commit`. */
  del(key: string): Change {
    const operation: Operation = { type: 'del', sublevel: this.#sublevel, key }
    return { operation, apply: () => void this.#rows.delete(key) }
  }

  /** Opens the sublevel again after its database was opened anew. */
  open(): Promise<void> {
    return this.#sublevel.open()
  }

  /** Reads what is on disk into memory. */
  async load(): Promise<void> {
    for await (const [key, value] of this.#sublevel.iterator()) this.#rows.set(key, value)
  }
}
