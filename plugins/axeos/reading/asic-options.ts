import type { AsicOptions, Identity } from '../../../schemas/telemetry.ts'
import { parseSafeJson } from '../../../src/safe-json.ts'
import type { Answer } from '../wire/exchange.ts'
import { MAX_DEPTH } from './answers.ts'
import { isObject, readNonEmptyText, readNonNegative, type Info } from './fields.ts'
import { findOptions } from './option-table.ts'
import { isOlder } from './version.ts'

const MAX_OPTIONS = 128
const MAX_OPTION = 65_535

/** Whether a firmware may have `GET /api/system/asic`: unless it is certainly older than the route (AXEOS.md 1.5). */
export function hasAsicRoute({ dialect, version }: Identity): boolean {
  return !isOlder(version, dialect === 'nerdqaxe' ? '1.0.32' : '2.7.0')
}

/** Returns the frequencies and voltages of AXEOS.md 4 for a board or its ASIC; empty lists for unlisted ones. */
export function optionsFromTable(identity: Identity): AsicOptions {
  return { source: 'table', ...findOptions(identity), deviceModel: identity.model, asicCount: identity.asicCount }
}

/**
 * Parses the answer of `GET /api/system/asic` (AXEOS.md 1.5): MHz and mV, sorted, without invalid options. Missing values
 * come from the table, and so does everything if a list is missing.
 * @throws {SyntaxError | JsonDepthError} the answer is not JSON
 */
export function parseAsicOptions(answer: Answer, identity: Identity): AsicOptions {
  const table = optionsFromTable(identity)
  const asic = answer.status === 200 ? parseSafeJson(answer.body, MAX_DEPTH) : null
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
    deviceModel: readNonEmptyText(asic, 'deviceModel') ?? table.deviceModel,
    asicCount: readLimit(asic, 'asicCount') ?? table.asicCount
  }
}

function readOptions(value: unknown): number[] {
  if (!Array.isArray(value)) return []
  return [...new Set(value.slice(0, MAX_OPTIONS).filter(isOption))].sort((a, b) => a - b)
}

/** NerdQAxe sends 0 for a limit that the board lacks. */
function readLimit(asic: Info, key: string): number | null {
  return readNonNegative(asic, key) || null
}

function isOption(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value <= MAX_OPTION
}
