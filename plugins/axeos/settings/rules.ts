import { SettingNotAllowedError } from '../../../src/errors/commands.ts'
import { isSecretKey } from '../../../src/redact.ts'

export type Scalar = number | string | boolean

/** The values that one setting takes. */
export interface Rule {
  /** For messages, such as `an integer from 0 to 100`. */
  readonly allowed: string
  /** Reads a value in any form that a client may send; null when it has another type. */
  readonly read: (value: unknown) => Scalar | null
  readonly accepts: (value: Scalar) => boolean
  /** Whether any level above 0 is what a client calls `true`. */
  readonly levels?: boolean
}

const NUMERIC = /^-?\d{1,20}(?:\.\d{1,20})?$/
const FLAGS = new Map<unknown, boolean>([
  ...[true, 1, '1', 'true'].map((value) => [value, true] as const),
  ...[false, 0, '0', 'false'].map((value) => [value, false] as const)
])
const LONGEST_SHOWN = 64
// A miner rounds what it keeps in 32 bits
const ROUNDING = 1e-6

/** A number, sent as such or as a text. */
function readNumeric(value: unknown): number | null {
  const number = typeof value === 'string' && NUMERIC.test(value.trim()) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}

function readText(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

const within = (value: Scalar, min: number, max: number) => typeof value === 'number' && value >= min && value <= max

export function integer(min: number, max: number): Rule {
  const accepts = (value: Scalar) => Number.isInteger(value) && within(value, min, max)
  return { allowed: `an integer from ${min} to ${max}`, read: readNumeric, accepts }
}

export function decimal(min: number, max: number): Rule {
  return { allowed: `a number from ${min} to ${max}`, read: readNumeric, accepts: (value) => within(value, min, max) }
}

/** A mode of which 0 is off: a client may say `true` for any of the others. */
export function level(max: number): Rule {
  const read = (value: unknown) => (typeof value === 'boolean' ? Number(value) : readNumeric(value))
  return { ...integer(0, max), read, levels: true }
}

export function choice(...values: Scalar[]): Rule {
  const read = typeof values[0] === 'number' ? readNumeric : readText
  return { allowed: `one of ${values.join(', ')}`, read, accepts: (value) => values.includes(value) }
}

/** A length in bytes: umlauts count twice. */
export function text(min: number, max: number): Rule {
  const accepts = (value: Scalar) =>
    typeof value === 'string' && within(Buffer.byteLength(value), min, max) && !/[^\P{Cc}\t\r\n]/u.test(value)
  return { allowed: `a text of ${min} to ${max} bytes without control characters`, read: readText, accepts }
}

export const flag: Rule = {
  allowed: 'true or false',
  read: (value) => FLAGS.get(value) ?? null,
  accepts: () => true
}

/** Tells whether a miner has this value already, in whatever form either side says it. */
export function isSame(rule: Rule, wanted: unknown, current: unknown): boolean {
  const [value, known] = [rule.read(wanted), rule.read(current)]
  if (value === null || known === null) return false
  if (rule.levels && (wanted === true || wanted === 'true')) return Number(known) > 0
  if (typeof value !== 'number' || typeof known !== 'number') return value === known
  return Math.abs(value - known) <= ROUNDING * Math.max(1, Math.abs(value))
}

/** An error that names the field, the value and what is allowed, and that holds no secret. */
export function notAllowed(field: string, value: unknown, allowed: string): Error {
  return new SettingNotAllowedError(field, isSecretKey(field) ? '*****' : show(value), allowed)
}

/** Users type passwords into pool URLs. */
function show(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
    .replace(/^([a-z0-9+.-]*:\/\/)?.*@/i, '$1*****@')
    .slice(0, LONGEST_SHOWN)
}
