/** Shortest time between two turns. */
const SLOT_MS = 50

/**
 * Wake-ups and cold caches are the largest cost of polling: with 1,000 devices the main thread took an eighth less CPU with
 * turns of 100 ms than with turns of 50 ms, and three tenths less with turns of 250 ms. What many devices have to do in such
 * a turn would have the event loop pause for longer. Each divides the usual intervals, so that these stay as they are.
 */
function slotsOfTurn(devices: number): number {
  if (devices < 2000) return 4
  return devices < 4000 ? 2 : 1
}

/** A timer counts from the beginning of what the event loop is at, so it may be as early as that has taken. */
const EARLY_MS = 20

/** Calls `release` for each item when its time has come, with one timer for all of them. Times are `performance.now()`. */
export class Wheel<T> {
  readonly #release: (item: T) => void
  readonly #slots = new Map<number, Set<T>>()
  readonly #slotOf = new Map<T, number>()
  #nextSlot = 0
  #turnMs = SLOT_MS
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(release: (item: T) => void) {
    this.#release = release
  }

  /** Sets when an item is released, in place of any time set before. A time in the past means the next turn. */
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
    clearTimeout(this.#timer)
    this.#slots.clear()
    this.#slotOf.clear()
  }

  #start(): void {
    this.#nextSlot = Math.floor(performance.now() / SLOT_MS) + 1
    this.#windUp()
  }

  #windUp(): void {
    this.#turnMs = SLOT_MS * slotsOfTurn(this.#slotOf.size)
    const next = this.#turnsUpTo() + this.#turnMs
    this.#timer = setTimeout(() => this.#turn(), next - performance.now())
  }

  /**
   * The time of the last turn that was due. Turns lie on a fixed grid, and release nothing beyond their own time when they
   * are late: so the intervals of an item on a fixed cadence stay as they are.
   */
  #turnsUpTo(): number {
    return Math.floor((performance.now() + EARLY_MS) / this.#turnMs) * this.#turnMs
  }

  /** Releases all slots that are due: after a stall those are more than usual, and each item is still released once. */
  #turn(): void {
    const last = this.#turnsUpTo() / SLOT_MS
    this.#windUp()
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
