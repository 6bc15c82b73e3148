import type { AsicOptions, Identity } from '../../../schemas/telemetry.ts'
import { ceilingFor } from '../reading/option-table.ts'
import { notAllowed } from './rules.ts'

/** What a miner's board may be driven at, and whether its user wants to leave the lists. */
export interface Limits {
  readonly options: AsicOptions
  readonly identity: Identity
  readonly allowOverclock: boolean
}

interface Clock {
  readonly unit: string
  readonly list: readonly number[]
  readonly most: number
}

// Half of the lowest option of any known ASIC, for boards without a list
const LOWEST = { frequency: 150, coreVoltage: 500 }

/**
 * Refuses a frequency or core voltage that could harm the board: the firmware itself takes anything up to 65535
 * (AXEOS.md 3.2). Without `allowOverclock` it must be an option; with it, it must not exceed the board's maximum, or
 * else the one known for its ASIC, nor fall below half of the lowest option. Other fields pass.
 * @throws {SettingNotAllowedError}
 */
export function checkClock(field: string, value: unknown, limits: Limits): void {
  if ((field !== 'frequency' && field !== 'coreVoltage') || typeof value !== 'number') return
  const clock = clockOf(field, limits)
  if (clock.list.includes(value)) return
  const least = clock.list.length === 0 ? LOWEST[field] : Math.min(...clock.list) / 2
  const listed =
    clock.list.length === 0 ? 'this board has no known options' : `the options are ${clock.list.join(', ')}`
  const range = `from ${least} to ${clock.most} ${clock.unit}`
  if (!limits.allowOverclock) throw notAllowed(field, value, `${listed}; other values (${range}) need allowOverclock`)
  if (value < least || value > clock.most)
    throw notAllowed(field, value, `${listed}; with allowOverclock also ${range}`)
}

function clockOf(field: 'frequency' | 'coreVoltage', { options, identity }: Limits): Clock {
  const ceiling = ceilingFor(identity)
  return field === 'frequency'
    ? {
        unit: 'MHz',
        list: options.frequencyOptions,
        most: options.absMaxFrequency ?? ceiling.frequency
      }
    : { unit: 'mV', list: options.voltageOptions, most: options.absMaxVoltage ?? ceiling.voltage }
}
