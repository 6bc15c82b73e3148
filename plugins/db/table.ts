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
  readonly #name: string
  readonly #isRow: (value: unknown) => value is T

  /** @param isRow tells a record of this table from what is none */
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

  /** Takes these records in the place of those in memory: on disk they are there already. */
  replace(records: { key: string; value: unknown }[]): void {
    this.#rows.clear()
    for (const { key, value } of records) if (this.#isRow(value)) this.#rows.set(key, value)
  }

  /** Opens the sublevel again after its database was opened anew. */
  open(): Promise<void> {
    return this.#sublevel.open()
  }

  /**
   * Reads what is on disk into memory. A record that is damaged stays on disk, out of memory, and is told to `report`:
   * one bad record does not keep the others from their work.
   */
  async load(report: (table: string, key: string) => void): Promise<void> {
    for await (const [key, text] of this.#sublevel.iterator<string, string>({ valueEncoding: 'utf8' })) {
      const value = parseJson(text)
      if (this.#isRow(value)) this.#rows.set(key, value)
      else report(this.#name, key)
    }
  }
}

/** @returns undefined when the text is not JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Tells a record by the fields that nothing works without: each has to be a text. */
export function hasTexts<T extends object>(...fields: (keyof T & string)[]): (value: unknown) => value is T {
  return (value): value is T => {
    if (typeof value !== 'object' || value === null) return false
    const record = value as Record<string, unknown>
    return fields.every((field) => typeof record[field] === 'string')
  }
}
