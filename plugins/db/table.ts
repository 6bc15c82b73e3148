import type { BatchOperation, Level } from 'level'

export type Database = Level<string, unknown>
type Operation = BatchOperation<Database, string, unknown>

/** One write for `commit`: the operation for LevelDB, and `apply`, which updates memory once LevelDB has stored it. */
export interface Change {
  readonly operation: Operation
  apply(): void
}

/** A sublevel of one kind of record. It is also held in memory, so reads are synchronous. */
export class Table<T> {
  readonly #rows = new Map<string, T>()
  readonly #sublevel
  readonly #name: string
  readonly #isRow: (value: unknown) => value is T

  /** @param isRow whether a value is a record of this table */
  constructor(level: Database, name: string, isRow: (value: unknown) => value is T) {
    this.#name = name
    this.#isRow = isRow
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

  /** Lists every record, in the order in which the keys were first stored. */
  list(): T[] {
    return [...this.#rows.values()]
  }

  /** Lists every record with its key. */
  readonly entries = (): [string, T][] => [...this.#rows]

  /** Returns the change that stores a record, for `commit`. */
  put(key: string, value: T): Change {
    const operation: Operation = { type: 'put', sublevel: this.#sublevel, key, value }
    return { operation, apply: () => void this.#rows.set(key, value) }
  }

  /** Returns the change that deletes a record, for `commit`. */
  del(key: string): Change {
    const operation: Operation = { type: 'del', sublevel: this.#sublevel, key }
    return { operation, apply: () => void this.#rows.delete(key) }
  }

  /** Replaces the records in memory after they were replaced on disk. */
  replace(records: { key: string; value: unknown }[]): void {
    this.#rows.clear()
    for (const { key, value } of records) if (this.#isRow(value)) this.#rows.set(key, value)
  }

  /** Reopens the sublevel after its database was reopened. */
  open(): Promise<void> {
    return this.#sublevel.open()
  }

  /**
   * Reads the records from disk into memory. A damaged record stays on disk, is not loaded, and is passed to `report`: one
   * bad record must not disable the others.
   */
  async load(report: (table: string, key: string) => void): Promise<void> {
    for await (const [key, text] of this.#sublevel.iterator<string, string>({ valueEncoding: 'utf8' })) {
      const value = parseJson(text)
      if (this.#isRow(value)) this.#rows.set(key, value)
      else report(this.#name, key)
    }
  }
}

/** Parses a stored text. @returns undefined when it is not JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Creates a type guard for records: each of these fields must be a string. */
export function hasStrings<T extends object>(...fields: (keyof T & string)[]): (value: unknown) => value is T {
  return (value): value is T => {
    if (typeof value !== 'object' || value === null) return false
    const record = value as Record<string, unknown>
    return fields.every((field) => typeof record[field] === 'string')
  }
}
