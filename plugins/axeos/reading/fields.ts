/** A parsed answer of `GET /api/system/info`. No field is certain to exist or to have its usual type (AXEOS.md 2). */
export type Info = Record<string, unknown>

const MAX_TEXT_LENGTH = 256
const DIFFICULTY = /^(\d+(?:\.\d+)?) ?([kKMGTPE]?)$/
const FACTORS: Record<string, number> = { '': 1, k: 1e3, K: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 }

/** Whether a parsed JSON value is an object: neither null nor an array. */
export function isObject(value: unknown): value is Info {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Reads a number. @returns null when it is missing, not finite or of another type */
export function readNumber(info: Info, key: string): number | null {
  const value = info[key]
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** Reads a number of at least 0. @returns null for everything else */
export function readNonNegative(info: Info, key: string): number | null {
  const value = readNumber(info, key)
  return value !== null && value >= 0 ? value : null
}

/**
 * Reads a number for telemetry, as wrong as it may be: what no board can have is rejected, and counted, later.
 * @returns null when it is missing or null, NaN when it is of another type
 */
export function readQuantity(info: Info, key: string): number | null {
  const value = info[key]
  if (typeof value === 'number') return value
  return value === undefined || value === null ? null : NaN
}

/** `readQuantity`, and null for the `sentinel` that means "no reading" on the wire. */
export function readUnless(info: Info, key: string, sentinel: number): number | null {
  const value = readQuantity(info, key)
  return value === sentinel ? null : value
}

/** Reads a flag in any of its forms: true, false, 0 or 1. @returns null for everything else */
export function readFlag(info: Info, key: string): boolean | null {
  const value = info[key]
  if (value === true || value === 1) return true
  if (value === false || value === 0) return false
  return null
}

/** Reads a text, cut to 256 characters. @returns null when it is not a text */
export function readText(info: Info, key: string): string | null {
  const value = info[key]
  return typeof value === 'string' ? value.slice(0, MAX_TEXT_LENGTH) : null
}

/** Reads a text that is not empty. @returns null when it is empty or not a text */
export function readNonEmptyText(info: Info, key: string): string | null {
  return readText(info, key) || null
}

/** Reads a nested object. @returns an empty object when it is missing */
export function readObject(info: Info, key: string): Info {
  const value = info[key]
  return isObject(value) ? value : {}
}

/** Reads the objects of a list, at most `limit` of them. @returns an empty list when it is missing */
export function readObjects(info: Info, key: string, limit: number): Info[] {
  const value = info[key]
  return Array.isArray(value) ? value.slice(0, limit).filter(isObject) : []
}

/**
 * Parses a difficulty in any of its forms: a number (ESP-Miner since v2.11.0), or a text such as `0`, `483k`, `4.29G`
 * or `572.14 M` (AXEOS.md 2.1).
 * @returns null for everything else
 */
export function parseDifficulty(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : null
  if (typeof value !== 'string' || value.length > 32) return null
  const [, digits, suffix = ''] = DIFFICULTY.exec(value.trim()) ?? []
  return digits === undefined ? null : Math.round(Number(digits) * (FACTORS[suffix] ?? 1))
}

/** Multiplies a reading. @returns null for null */
export function multiply(value: number | null, factor: number): number | null {
  return value === null ? null : value * factor
}

/** Divides a reading, which is more exact than multiplying by 0.001 or 0.01. @returns null for null */
export function divide(value: number | null, divisor: number): number | null {
  return value === null ? null : value / divisor
}
