import type { LogEntry } from '../../schemas/log.ts'

/** The last lines of one device. Numbers go on for as long as the process lives. */
export class Ring {
  readonly #capacity: number
  readonly #entries: LogEntry[] = []
  #last = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** Number of the newest line; 0 before the first. */
  get last(): number {
    return this.#last
  }

  /** Number of the oldest line that is kept. */
  get first(): number {
    return this.#last - this.#entries.length + 1
  }

  /** Numbers an entry and keeps it in place of the oldest one. */
  push(entry: Omit<LogEntry, 'seq'>): LogEntry {
    const numbered = { seq: ++this.#last, ...entry }
    if (this.#entries.length < this.#capacity) this.#entries.push(numbered)
    else this.#entries[(this.#last - 1) % this.#capacity] = numbered
    return numbered
  }

  /** The kept lines after a number, oldest first, at most `limit` of them. */
  *after(seq: number, limit = Infinity): Generator<LogEntry> {
    const start = Math.max(seq + 1, this.first)
    for (let n = start; n <= this.#last && n < start + limit; n++) {
      const entry = this.#entries[(n - 1) % this.#capacity]
      if (entry) yield entry
    }
  }
}
