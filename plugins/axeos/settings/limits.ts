import type { AsicOptions, Identity } from '../../../schemas/telemetry.ts'
import { maximumOf } from '../reading/option-table.ts'
import { notAllowedError } from './rules.ts'

/** The frequencies and voltages of a miner's board, and whether the client permits others. */
export interface Limits {
  readonly options: AsicOptions
  readonly identity: Identity
  readonly allowOverclock: boolean
}

interface Range {
  readonly unit: string
  readonly options: readonly number[]
  readonly min: number
  readonly max: number
}

// Half of the lowest option of any known ASIC, for boards without options
const LOWEST = { frequency: 150, coreVoltage: 500 }

/**
 * Refuses a frequency or core voltage that could damage the board: firmware accepts anything up to 65535 (AXEOS.md 3.2).
 * Without `allowOverclock` the value must be an option. With it, the value must lie between half of the lowest option and
 * the board's maximum, or that of its ASIC. Other fields pass.
 * @throws {SettingNotAllowedError}
 */
export function checkLimits(field: string, value: unknown, limits: Limits): void {
  if ((field !== 'frequency' && field !== 'coreVoltage') || typeof value !== 'number') return
  const { unit, options, min, max } = rangeOf(field, limits)
  if (options.includes(value)) return
  const listed = options.length === 0 ? 'this board has no known options' : `the options are ${options.join(', ')}`
  const range = `from ${min} to ${max} ${unit}`
  if (!limits.allowOverclock)
    throw notAllowedError(field, value, `${listed}; other values (${range}) need allowOverclock`)
  if (value < min || value > max) throw notAllowedError(field, value, `${listed}; with allowOverclock also ${range}`)
}

function rangeOf(field: 'frequency' | 'coreVoltage', { options, identity }: Limits): Range {
  const isFrequency = field === 'frequency'
  const list = isFrequency ? options.frequencyOptions : options.voltageOptions
  const maximum = maximumOf(identity)
  return {
    unit: isFrequency ? 'MHz' : 'mV',
    options: list,
    min: list.length === 0 ? LOWEST[field] : Math.min(...list) / 2,
    max: isFrequency ? (options.absMaxFrequency ?? maximum.frequency) : (options.absMaxVoltage ?? maximum.voltage)
  }
}
