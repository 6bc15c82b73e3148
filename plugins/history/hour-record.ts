export const MINUTE_MS = 60_000
export const MINUTES = 60
export const HOUR_MS = MINUTE_MS * MINUTES

/** The averages of one hour: for each minute, those of all metrics in their order. NaN stands for no value. */
export class HourRecord {
  readonly hour: number
  readonly #width: number
  readonly #averages: Float32Array
  readonly #sums: Float64Array
  readonly #counts: Uint32Array
  #minute = -1

  /**
   * @param hour hours since 1970
   * @param width number of metrics
   * @param bytes the `bytes` of a stored record. Any other size is ignored
   */
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

  /** Adds a sample to the averages of a minute. Null adds nothing. */
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

  /** Takes over the minutes of a stored record for which this one has no average. */
  fillFrom(bytes: Uint8Array | undefined): void {
    if (bytes?.length !== this.#averages.length * 4) return
    copy(bytes).forEach((average, i) => {
      if (Number.isNaN(this.#averages[i])) this.#averages[i] = average
    })
  }

  /** The average of a metric over a minute, or null. */
  get(minute: number, metric: number): number | null {
    const value = this.#averages[minute * this.#width + metric]
    return value === undefined || Number.isNaN(value) ? null : value
  }
}

/** A Float32Array must begin at a multiple of four bytes; a buffer from the store may begin anywhere. */
const copy = (bytes: Uint8Array) => new Float32Array(bytes.slice().buffer)
