import type { LogEntry } from '../../schemas/log.ts'

/** The most recent lines of one device. Numbering continues as long as the process runs. */
export class RingBuffer {
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

  /** Number of the oldest buffered line. */
  get first(): number {
    return this.#last - this.#entries.length + 1
  }

  /** Numbers an entry and stores it. When the buffer is full, it replaces the oldest one. */
  push(entry: Omit<LogEntry, 'seq'>): LogEntry {
    const numbered = { seq: ++this.#last, ...entry }
    if (this.#entries.length < this.#capacity) this.#entries.push(numbered)
    else this.#entries[(this.#last - 1) % this.#capacity] = numbered
    return numbered
  }

  /** Yields the buffered lines after a number, oldest first, at most `limit` of them. */
  *after(seq: number, limit = Infinity): Generator<LogEntry> {
    const start = Math.max(seq + 1, this.first)
    for (let n = start; n <= this.#last && n < start + limit; n++) {
      const entry = this.#entries[(n - 1) % this.#capacity]
      if (entry) yield entry
    }
  }
}
