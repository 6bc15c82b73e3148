import type { Address } from '../../src/network.ts'
import type { Bus } from '../../src/bus.ts'
import { createSerial } from '../../src/serial.ts'
import type { DeviceSnapshot, DeviceState } from '../../schemas/device.ts'
import type { AsicOptions, Reading } from '../../schemas/telemetry.ts'

/** One period of polling, from `watch` to `unwatch`. A poll that outlives its session has no effect. */
export type Session = AbortController

/** A restart that the device has accepted but not yet completed. Times are `performance.now()`. */
export interface Restart {
  readonly since: number
  readonly until: number
  /** Uptime in the last reading before the restart. */
  readonly uptimeBefore: number | null
  /** The device has missed a poll since. */
  wasSilent: boolean
  /** Called once with whether the device was seen to have restarted. */
  settle(back: boolean): void
}

/** An address other than a device's own, where a miner claims to be that device or where the device was before. */
export interface Contender {
  readonly address: Address
  /** It answered with the MAC of the device when it was last asked. */
  answers: boolean
  /** It has claimed the MAC at the same time as another address. */
  isRival: boolean
  /** When it was last asked, by `performance.now()`. */
  askedAt: number
  /** Time until it is asked again, ms. Doubles while it does not claim the MAC. */
  delayMs: number
}

/** One device of the hub: its latest state, and the queue of tasks that need its connection. */
export class HubDevice implements DeviceSnapshot {
  readonly mac: string
  address: Address
  /** The state that the polls show; a conflict covers it. */
  pollState: Exclude<DeviceState, 'conflict'> = 'idle'
  reading: Reading | null = null
  asicOptions: AsicOptions | null = null
  lastPollAt: number | null = null
  pollError: string | null = null
  /** Consecutive polls without an answer from the device itself. */
  missedPolls = 0
  /** When the current poll was due, by `performance.now()`. */
  dueAt = 0
  /** The addresses that claim its MAC at the same time, its own first; null without a conflict. */
  conflict: string[] | null = null
  /** Other addresses where a miner has claimed to be this device, by their text. */
  readonly contenders = new Map<string, Contender>()
  /** When the contenders are checked next, by `performance.now()`. */
  claimCheckAt = Infinity
  claimTimer: NodeJS.Timeout | undefined
  /** Earliest time of the next search for this device, by `performance.now()`. */
  nextSearchAt = 0
  /** The firmware version that reported `asicOptions`. */
  optionsVersion: string | null = null
  /** Earliest time to ask again for lists that came from the table, by `performance.now()`. */
  optionsRetryAt = 0
  session: Session | null = null
  restart: Restart | null = null
  /** Aborts when the hub releases the device. */
  readonly lifetime = new AbortController()
  readonly #tasks = createSerial()

  constructor(mac: string, address: Address) {
    this.mac = mac
    this.address = address
  }

  get ip(): string {
    return this.address.text
  }

  get state(): DeviceState {
    return this.conflict ? 'conflict' : this.pollState
  }

  get error(): string | null {
    return this.pollError ?? (this.conflict && `Two miners claim this MAC: ${this.conflict.join(' and ')}`)
  }

  get answering(): boolean {
    return (this.pollState === 'online' || this.pollState === 'restarting') && this.missedPolls === 0
  }

  /** Runs a task after those queued before it: a miner serves one request at a time. */
  runExclusive<T>(task: () => Promise<T>): Promise<T> {
    return this.#tasks.run(task)
  }

  /** Resolves when no task is running or queued. */
  idle(): Promise<void> {
    return this.#tasks.idle()
  }
}

/** Runs an update that may change the state of a device, and emits the change. */
export function updateState(bus: Bus, device: HubDevice, update: () => void): void {
  const from = device.state
  update()
  const to = device.state
  if (from !== to) bus.emit('device.state', { mac: device.mac, from, to })
}
