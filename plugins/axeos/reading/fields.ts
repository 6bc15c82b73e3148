/** A miner's answer to `GET /api/system/info`, as parsed: nothing about its fields is certain (AXEOS.md 2). */
export type Info = Record<string, unknown>

const LONGEST_TEXT = 256

/** Tells whether a parsed JSON value is an object: neither null nor an array. */
export function isObject(value: unknown): value is Info {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Reads a number. @returns null when it is missing, null, of another type, or too large to be finite */
export function readNumber(info: Info, key: string): number | null {
  const value = info[key]
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** Reads a number of at least 0. @returns null for everything else */
export function readPositive(info: Info, key: string): number | null {
  const value = readNumber(info, key)
  return value !== null && value >= 0 ? value : null
}

/** Reads a number, with one value that stands for "no reading" on the wire. @returns null for that value too */
export function readUnless(info: Info, key: string, sentinel: number): number | null {
  const value = readNumber(info, key)
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
  return typeof value === 'string' ? value.slice(0, LONGEST_TEXT) : null
}

/** Reads a text that says something. @returns null when it is empty or not a text */
export function readWord(info: Info, key: string): string | null {
  return readText(info, key) || null
}

/** Reads a nested object. @returns an empty one when there is none, so that reading goes on */
export function readObject(info: Info, key: string): Info {
  const value = info[key]
  return isObject(value) ? value : {}
}

/** Reads the objects of a list, at most `limit` of them. @returns an empty list when there is none */
export function readObjects(info: Info, key: string, limit: number): Info[] {
  const value = info[key]
  return Array.isArray(value) ? value.slice(0, limit).filter(isObject) : []
}

/** Multiplies a reading. @returns null for null, and where the product is no longer finite */
export function times(value: number | null, factor: number): number | null {
  const product = value === null ? Infinity : value * factor
  return Number.isFinite(product) ? product : null
}

/** Divides a reading: closer than multiplying by 0.001 or 0.01. @returns null for null */
export function over(value: number | null, divisor: number): number | null {
  return value === null ? null : value / divisor
}
