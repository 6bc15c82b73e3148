import type { AsicOptions } from '../../schemas/telemetry.ts'
import { Attached } from '../../src/attached.ts'

export interface Option {
  readonly label: string
  readonly value: number
}

/** What clients offer their user to choose from: MHz and mV. */
export interface OptionLists {
  readonly frequencyOptions: readonly Option[]
  readonly coreVoltageOptions: readonly Option[]
}

const lists = new Attached<AsicOptions, OptionLists>('lists')

/** Labels the options of a miner for its user (CONTRACT.md 2): made once for each `AsicOptions`, then the same object. */
export function toOptionLists(options: AsicOptions): OptionLists {
  const known = lists.get(options)
  if (known) return known
  const made = {
    frequencyOptions: toOptions(options.frequencyOptions, options.defaultFrequency),
    coreVoltageOptions: toOptions(options.voltageOptions, options.defaultVoltage)
  }
  lists.set(options, made)
  return made
}

function toOptions(values: number[], preset: number | null): Option[] {
  return values.map((value) => ({ label: value === preset ? `${value} (default)` : String(value), value }))
}
