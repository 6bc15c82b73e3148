import type { AsicOptions } from '../../schemas/telemetry.ts'
import { Attached } from '../../src/attached.ts'

interface Option {
  readonly label: string
  readonly value: number
}

/** The values that clients offer to their user, in MHz and mV. */
interface OptionLists {
  readonly frequencyOptions: readonly Option[]
  readonly coreVoltageOptions: readonly Option[]
}

const lists = new Attached<AsicOptions, OptionLists>('lists')

/** Labels a miner's options for its user (CONTRACT.md 2). Returns the same object each time for the same `AsicOptions`. */
export function toOptionLists(options: AsicOptions): OptionLists {
  const known = lists.get(options)
  if (known) return known
  const created = {
    frequencyOptions: toOptions(options.frequencyOptions, options.defaultFrequency),
    coreVoltageOptions: toOptions(options.voltageOptions, options.defaultVoltage)
  }
  lists.set(options, created)
  return created
}

function toOptions(values: number[], preset: number | null): Option[] {
  return values.map((value) => ({ label: value === preset ? `${value} (default)` : String(value), value }))
}
