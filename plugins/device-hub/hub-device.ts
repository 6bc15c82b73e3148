import type { Address } from '../../src/network.ts'
import type { DeviceSnapshot } from '../../src/snapshot.ts'
import type { DeviceState } from '../../schemas/device.ts'
import type { AsicOptions, Reading } from '../../schemas/telemetry.ts'

/** Where a device's polling stands from `watch` to `unwatch`. A poll that outlives its session has no effect. */
export type Session = AbortController

/** A restart that the device has accepted and not come back from yet. Times are `performance.now()`. */
export interface Restart {
  readonly since: number
  readonly until: number
  /** How long the device had run when it was last asked before. */
  readonly uptimeBefore: number | null
  /** It has missed a poll since. */
  wasSilent: boolean
  /** Told once: whether the device was seen to have started anew. */
  settle(back: boolean): void
}

/** One device of the hub: what is known of it, and whose turn it is to speak with it. */
export class Entry implements DeviceSnapshot {
  readonly mac: string
  address: Address
  state: DeviceState = 'idle'
  reading: Reading | null = null
  asicOptions: AsicOptions | null = null
  lastPollAt: number | null = null
  error: string | null = null
  /** Polls missed in a row. */
  misses = 0
  /** When the current poll was due, by `performance.now()`. */
  dueAt = 0
  /** Another device's poll met this one at that address. */
  sighting: Address | null = null
  /** Until then no search for this device is started again, by `performance.now()`. */
  searchAgainAt = 0
  /** The firmware version that `asicOptions` was asked of. */
  optionsOf: string | null = null
  /** Until then lists that only come from the table are not asked for again, by `performance.now()`. */
  optionsAgainAt = 0
  session: Session | null = null
  restart: Restart | null = null
  /** Aborts when the hub gives the device up. */
  readonly lifetime = new AbortController()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(mac: string, address: Address) {
    this.mac = mac
    this.address = address
  }

  get ip(): string {
    return this.address.text
  }

  get answering(): boolean {
    return (this.state === 'online' || this.state === 'restarting') && this.misses === 0
  }

  /** Runs one conversation with the device after those asked for before: a miner serves one request at a time. */
  exclusive<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(task)
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  /** Resolves when nobody speaks with the device any more. */
  async settled(): Promise<void> {
    await this.#turn
  }
}
