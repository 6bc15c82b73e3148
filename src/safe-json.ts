import { parse } from 'secure-json-parse'

/** A JSON text nests deeper than its reader accepts. */
export class JsonDepthError extends Error {
  readonly code = 'JSON_TOO_DEEP'
}

/**
 * Parses JSON from outside. Keys that would change a prototype (`__proto__`, `constructor.prototype`) are removed, and
 * nothing deeper than `maxDepth` levels is returned, so that code which walks the value recursively cannot run out of stack.
 * `Infinity` permits any depth, for a caller that checks the parts itself.
 * @throws {SyntaxError} the text is not JSON. Its message may quote the text, so do not pass it on
 * @throws {JsonDepthError}
 */
export function parseSafeJson(text: string, maxDepth: number): unknown {
  const value: unknown = mayNamePrototype(text)
    ? parse(text, { protoAction: 'remove', constructorAction: 'remove' })
    : JSON.parse(text)
  if (maxDepth !== Infinity && isDeeper(value, maxDepth))
    throw new JsonDepthError(`it nests deeper than ${maxDepth} levels`)
  return value
}

/** Without this check, the regular expressions of `secure-json-parse` add 15 % to the parsing of each poll. */
function mayNamePrototype(text: string): boolean {
  return text.includes('proto') || text.includes('\\u')
}

/** Whether a value nests deeper than `levels`: a scalar has no level, an object of scalars has one. */
export function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  for (const child of Object.values(value)) {
    if (typeof child === 'object' && child !== null && isDeeper(child, levels - 1)) return true
  }
  return false
}
