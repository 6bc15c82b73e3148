import type { DeviceState } from '../schemas/device.ts'
import type { AsicOptions, Reading } from '../schemas/telemetry.ts'

/** What is known of a device at one moment. `reading` stays the last one while the device does not answer. */
export interface DeviceSnapshot {
  readonly mac: string
  /** Where it is looked for now: `a.b.c.d`, with `:port` unless it is 80. */
  readonly ip: string
  readonly state: DeviceState
  /** The last poll was answered. */
  readonly answering: boolean
  readonly reading: Reading | null
  readonly asicOptions: AsicOptions | null
  /** When `reading` was taken, in ms since the epoch. */
  readonly lastPollAt: number | null
  /** Why the last poll failed; null when it did not. */
  readonly error: string | null
}
