/** Shortest time between two ticks. */
const SLOT_MS = 50

/**
 * Wake-ups and cold caches dominate the cost of polling. With 1,000 devices, ticks of 100 ms take an eighth less CPU on the
 * main thread than ticks of 50 ms, and ticks of 250 ms take three tenths less. With more devices per tick the event loop
 * pauses for longer, so larger fleets get shorter ticks. Each length divides the usual poll intervals, which keeps those exact.
 */
function slotsPerTick(devices: number): number {
  if (devices < 2000) return 4
  return devices < 4000 ? 2 : 1
}

/** Node counts a timer from the start of the current event loop iteration, so it can fire this much early. */
const EARLY_MS = 20

/** Releases each item when it is due, with one timer for all items. Times are `performance.now()`. */
export class TimerWheel<T> {
  readonly #release: (item: T) => void
  readonly #slots = new Map<number, Set<T>>()
  readonly #slotOf = new Map<T, number>()
  #nextSlot = 0
  #tickMs = SLOT_MS
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(release: (item: T) => void) {
    this.#release = release
  }

  /** Sets when an item is released, replacing any earlier time. A time in the past means the next tick. */
  schedule(item: T, at: number): void {
    this.cancel(item)
    if (this.#closed) return
    if (this.#timer === undefined) this.#start()
    const slot = Math.max(this.#nextSlot, Math.ceil(at / SLOT_MS))
    const items = this.#slots.get(slot)
    if (items) items.add(item)
    else this.#slots.set(slot, new Set([item]))
    this.#slotOf.set(item, slot)
  }

  /** Removes an item from the wheel. */
  cancel(item: T): void {
    const slot = this.#slotOf.get(item)
    if (slot === undefined) return
    this.#slotOf.delete(item)
    this.#slots.get(slot)?.delete(item)
  }

  /** Stops for good and drops every item. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#slots.clear()
    this.#slotOf.clear()
  }

  #start(): void {
    this.#nextSlot = Math.floor(performance.now() / SLOT_MS) + 1
    this.#armTimer()
  }

  #armTimer(): void {
    this.#tickMs = SLOT_MS * slotsPerTick(this.#slotOf.size)
    const next = this.#lastTickAt() + this.#tickMs
    this.#timer = setTimeout(() => this.#tick(), next - performance.now())
  }

  /**
   * Time of the latest tick that was due. Ticks lie on a fixed grid, and a late tick releases nothing beyond its own time:
   * this keeps the intervals of an item with a fixed cadence constant.
   */
  #lastTickAt(): number {
    return Math.floor((performance.now() + EARLY_MS) / this.#tickMs) * this.#tickMs
  }

  /** Releases all due slots. After a stall several are due, and each item is still released once. */
  #tick(): void {
    const last = this.#lastTickAt() / SLOT_MS
    this.#armTimer()
    while (this.#nextSlot <= last) {
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
