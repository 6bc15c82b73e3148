export const TICK_MS = 50

/**
 * What is done seldom meets cold caches: with 1,000 devices, released every 100 ms instead of every 50 ms, the same polls
 * cost a tenth less CPU. With 5,000 it brings little but longer pauses of the event loop.
 */
const TICKS_OF_FEW = 2
const MANY = 2000

/** Calls `release` for each item when its time has come, with one timer for all of them. Times are `performance.now()`. */
export class Wheel<T> {
  readonly #release: (item: T) => void
  readonly #slots = new Map<number, Set<T>>()
  readonly #slotOf = new Map<T, number>()
  #nextSlot = 0
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(release: (item: T) => void) {
    this.#release = release
  }

  /** Sets when an item is released, in place of any time set before. A time in the past means the next tick. */
  schedule(item: T, at: number): void {
    this.cancel(item)
    if (this.#closed) return
    this.#timer ??= this.#start()
    const slot = Math.max(this.#nextSlot, Math.ceil(at / TICK_MS))
    const items = this.#slots.get(slot)
    if (items) items.add(item)
    else this.#slots.set(slot, new Set([item]))
    this.#slotOf.set(item, slot)
  }

  /** Takes an item off the wheel. */
  cancel(item: T): void {
    const slot = this.#slotOf.get(item)
    if (slot === undefined) return
    this.#slotOf.delete(item)
    this.#slots.get(slot)?.delete(item)
  }

  /** Stops for good: nothing is released any more. */
  close(): void {
    this.#closed = true
    clearInterval(this.#timer)
    this.#slots.clear()
    this.#slotOf.clear()
  }

  #start(): NodeJS.Timeout {
    this.#nextSlot = Math.floor(performance.now() / TICK_MS) + 1
    return setInterval(() => this.#turn(), TICK_MS)
  }

  /** Releases all slots up to now: after a stall those are more than usual, and each item is still released once. */
  #turn(): void {
    const current = Math.floor(performance.now() / TICK_MS)
    const isSoon = current - this.#nextSlot < TICKS_OF_FEW - 1
    if (isSoon && this.#slotOf.size < MANY) return
    while (this.#nextSlot <= current) {
      const due = this.#slots.get(this.#nextSlot)
      this.#slots.delete(this.#nextSlot++)
      if (due) for (const item of due) this.#releaseNow(item)
    }
  }

  #releaseNow(item: T): void {
    this.#slotOf.delete(item)
    this.#release(item)
  }
}
