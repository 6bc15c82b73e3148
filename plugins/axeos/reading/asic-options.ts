import type { AsicOptions, Identity } from '../../../schemas/telemetry.ts'
import type { Answer } from '../wire/exchange.ts'
import { isObject, readPositive, readWord, type Info } from './fields.ts'
import { isOlder } from './version.ts'
import { tableFor } from './option-table.ts'

const LONGEST_LIST = 128
const LARGEST_OPTION = 65_535

/** Tells whether a firmware may have `GET /api/system/asic`: only those that are surely older have not (AXEOS.md 1.5). */
export function hasAsicRoute({ dialect, version }: Identity): boolean {
  return !isOlder(version, dialect === 'N' ? '1.0.32' : '2.7.0')
}

/** The lists that the tables of AXEOS.md 4 have for this ASIC or board: empty for what nobody has listed. */
export function optionsFromTable(identity: Identity): AsicOptions {
  return { source: 'table', ...tableFor(identity), deviceModel: identity.model, asicCount: identity.asicCount }
}

/**
 * Reads the answer of `GET /api/system/asic` (AXEOS.md 1.5): MHz and mV, sorted, without what is no option. What it
 * lacks comes from the table, and so does everything if it is no such answer.
 */
export function parseAsicOptions(answer: Answer, identity: Identity): AsicOptions {
  const table = optionsFromTable(identity)
  const asic: unknown = answer.status === 200 ? JSON.parse(answer.body) : null
  if (!isObject(asic)) return table
  const frequencyOptions = readOptions(asic.frequencyOptions)
  const voltageOptions = readOptions(asic.voltageOptions)
  if (frequencyOptions.length === 0 || voltageOptions.length === 0) return table
  return {
    source: 'device',
    frequencyOptions,
    voltageOptions,
    defaultFrequency: readLimit(asic, 'defaultFrequency') ?? table.defaultFrequency,
    defaultVoltage: readLimit(asic, 'defaultVoltage') ?? table.defaultVoltage,
    absMaxFrequency: readLimit(asic, 'absMaxFrequency') ?? table.absMaxFrequency,
    absMaxVoltage: readLimit(asic, 'absMaxVoltage') ?? table.absMaxVoltage,
    deviceModel: readWord(asic, 'deviceModel') ?? table.deviceModel,
    asicCount: readLimit(asic, 'asicCount') ?? table.asicCount
  }
}

function readOptions(value: unknown): number[] {
  if (!Array.isArray(value)) return []
  return [...new Set(value.slice(0, LONGEST_LIST).filter(isOption))].sort((a, b) => a - b)
}

/** NerdQAxe sends 0 for a limit that it has not. */
function readLimit(asic: Info, key: string): number | null {
  return readPositive(asic, key) || null
}

function isOption(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= LARGEST_OPTION
}
