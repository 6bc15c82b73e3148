export const MINUTE_MS = 60_000
export const MINUTES = 60
export const HOUR_MS = MINUTE_MS * MINUTES

/** The averages of an hour, minute by minute, each of all metrics in their order. NaN stands for nothing. */
export class Chunk {
  readonly hour: number
  readonly #width: number
  readonly #averages: Float32Array
  readonly #sums: Float64Array
  readonly #counts: Uint32Array
  #minute = -1

  /** @param bytes what `bytes` gave before; anything of another size counts for nothing */
  constructor(hour: number, width: number, bytes?: Uint8Array) {
    const length = MINUTES * width
    this.hour = hour
    this.#width = width
    this.#sums = new Float64Array(width)
    this.#counts = new Uint32Array(width)
    this.#averages = bytes?.length === length * 4 ? copy(bytes) : new Float32Array(length).fill(NaN)
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.#averages.buffer)
  }

  /** Takes values into the average of a minute. Null is left out of it. */
  add(minute: number, values: readonly (number | null)[]): void {
    if (minute !== this.#minute) this.#begin(minute)
    values.forEach((value, metric) => {
      if (value === null) return
      const sum = (this.#sums[metric] = (this.#sums[metric] ?? 0) + value)
      const count = (this.#counts[metric] = (this.#counts[metric] ?? 0) + 1)
      this.#averages[minute * this.#width + metric] = sum / count
    })
  }

  #begin(minute: number): void {
    this.#minute = minute
    this.#sums.fill(0)
    this.#counts.fill(0)
  }

  /** The average of a minute, or null. */
  get(minute: number, metric: number): number | null {
    const value = this.#averages[minute * this.#width + metric]
    return value === undefined || Number.isNaN(value) ? null : value
  }
}

/** What comes from the store need not begin where a Float32Array may. */
const copy = (bytes: Uint8Array) => new Float32Array(bytes.slice().buffer)
