import { UsageError } from './command.ts'

/** The values that a numeric option may have. */
interface NumberRange {
  /** Value if the option is not given. */
  fallback: number
  min?: number
  max?: number
}

/** Parses the value of `--name`, a number without sign. @throws {UsageError} */
export function parseNumber(name: string, text: string | undefined, { fallback, min, max }: NumberRange): number {
  if (text === undefined) return fallback
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN
  if (value >= (min ?? 0) && value <= (max ?? Infinity)) return value
  const range = min === undefined || max === undefined ? '' : ` from ${min} to ${max}`
  throw new UsageError(`--${name} must be a number${range}, got "${text}"`)
}

/** Parses the value of `--name`, a whole number. @throws {UsageError} */
export function parseWhole(name: string, text: string | undefined, range: NumberRange): number {
  const value = parseNumber(name, text, range)
  if (Number.isInteger(value)) return value
  throw new UsageError(`--${name} must be a whole number, got "${text}"`)
}

/** Returns the file name of a command that takes exactly one. @throws {UsageError} */
export function parseFile(positionals: string[]): string {
  const [file, ...others] = positionals
  if (file === undefined || others.length > 0) throw new UsageError('it takes one file')
  return file
}
