import { SettingNotAllowedError } from '../../../src/errors/commands.ts'
import { isSecretKey } from '../../../src/redact.ts'

export type Scalar = number | string | boolean

/** The values that a setting accepts. */
export interface Rule {
  /** For messages, such as `an integer from 0 to 100`. */
  readonly allowed: string
  /** Reads a value in any form that a client may send; null when it has another type. */
  readonly read: (value: unknown) => Scalar | null
  readonly accepts: (value: Scalar) => boolean
  /** Whether a client's `true` means any level above 0. */
  readonly levels?: boolean
}

/** A setting of a miner, with its current value. */
export interface Setting {
  /** Name in the body of a PATCH, or in the pool or fan object that holds it. */
  readonly key: string
  readonly rule: Rule
  /** From the miner's info; undefined where the firmware does not report it. */
  readonly current: unknown
  /** Whether a new value takes effect only after a restart. */
  readonly restart: boolean
  /** Pool slot or fan channel that holds it. */
  readonly index?: number
}

/** The settings of one miner by the names that clients use. */
export type Settings = ReadonlyMap<string, Setting>

/** A row of a settings table: name on the wire, accepted values, and whether a restart is required. */
export type Row = readonly [key: string, rule: Rule, restart: boolean]

/**
 * What to do with a requested value. Refusals are reported to the client; values that the client merely echoed are
 * ignored without a report.
 */
export type Settability = 'settable' | 'ignored' | { readonly refused: string }

const NUMERIC = /^-?\d{1,20}(?:\.\d{1,20})?$/
const FLAGS = new Map<unknown, boolean>([
  ...[true, 1, '1', 'true'].map((value) => [value, true] as const),
  ...[false, 0, '0', 'false'].map((value) => [value, false] as const)
])
const MAX_SHOWN_LENGTH = 64
// Miners store fractions in 32 bits
const ROUNDING = 1e-6

/** Reads a number, sent as a number or as text. */
function readNumeric(value: unknown): number | null {
  const number = typeof value === 'string' && NUMERIC.test(value.trim()) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}

function readText(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

const isWithin = (value: Scalar, min: number, max: number) => typeof value === 'number' && value >= min && value <= max

export function integer(min: number, max: number): Rule {
  const accepts = (value: Scalar) => Number.isInteger(value) && isWithin(value, min, max)
  return { allowed: `an integer from ${min} to ${max}`, read: readNumeric, accepts }
}

export function decimal(min: number, max: number): Rule {
  return { allowed: `a number from ${min} to ${max}`, read: readNumeric, accepts: (value) => isWithin(value, min, max) }
}

/** A mode whose value 0 means off; a client may send `true` for any other. */
export function level(max: number): Rule {
  const read = (value: unknown) => (typeof value === 'boolean' ? Number(value) : readNumeric(value))
  return { ...integer(0, max), read, levels: true }
}

export function choice(...values: Scalar[]): Rule {
  const read = typeof values[0] === 'number' ? readNumeric : readText
  return { allowed: `one of ${values.join(', ')}`, read, accepts: (value) => values.includes(value) }
}

/** A text; its length is in bytes, so an umlaut counts twice. */
export function text(min: number, max: number): Rule {
  const accepts = (value: Scalar) =>
    typeof value === 'string' && isWithin(Buffer.byteLength(value), min, max) && !/[^\P{Cc}\t\r\n]/u.test(value)
  return { allowed: `a text of ${min} to ${max} bytes without control characters`, read: readText, accepts }
}

export const flag: Rule = {
  allowed: 'true or false',
  read: (value) => FLAGS.get(value) ?? null,
  accepts: () => true
}

/** Whether a requested value equals the current one, in any form of either. */
export function isSameValue(rule: Rule, requested: unknown, current: unknown): boolean {
  const [value, known] = [rule.read(requested), rule.read(current)]
  if (value === null || known === null) return false
  if (rule.levels && (requested === true || requested === 'true')) return Number(known) > 0
  if (typeof value !== 'number' || typeof known !== 'number') return value === known
  return Math.abs(value - known) <= ROUNDING * Math.max(1, Math.abs(value))
}

/** Creates an error that names the field, the value and the allowed values, without secrets. */
export function notAllowedError(field: string, value: unknown, allowed: string): Error {
  return new SettingNotAllowedError(field, isSecretKey(field) ? '*****' : formatValue(value), allowed)
}

/** Masks user and password of a URL: users type passwords into pool URLs. */
function formatValue(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
    .replace(/^([a-z0-9+.-]*:\/\/)?.*@/i, '$1*****@')
    .slice(0, MAX_SHOWN_LENGTH)
}
