import { compileCheck } from '../support/answers.ts'
import { resolve, standalone, type OpenApi, type Schema } from './document.ts'

export interface Spoiled {
  kind: 'missing' | 'wrong type' | 'too long' | 'unknown key'
  /** The spoiled field. */
  path: string
  value: unknown
}

const LONGEST = 20_000
const ODDITIES = [null, {}, [], 'x', -1.5, true, [[]], { a: 1 }]

/**
 * Creates a generator that spoils a valid value in every way that its schema forbids, one field at a time.
 * @param sample creates a value for a field that the valid value omits
 */
export function createSpoiler(document: OpenApi, sample: (schema: Schema, name: string) => unknown) {
  function* spoil(given: Schema, value: unknown, path: string): Generator<Spoiled> {
    const schema = resolve(document, given)
    const check = compileCheck(standalone(document, schema))
    const wrong = ODDITIES.filter((oddity) => check(oddity) !== null)
    for (const oddity of wrong.slice(0, 3)) yield { kind: 'wrong type', path, value: oddity }
    const { maxLength, maxItems, items } = schema
    if (maxLength) yield { kind: 'too long', path, value: 'x'.repeat(maxLength + 1) }
    if (items) yield* spoilItems(items, value as unknown[], path, maxItems)
    if (schema.properties) yield* spoilFields(schema, value as Record<string, unknown>, path)
  }

  function* spoilItems(items: Schema, value: unknown[], path: string, maxItems = Infinity): Generator<Spoiled> {
    const item = value[0] ?? sample(items, path)
    for (const spoiled of spoil(items, item, `${path}.0`)) yield { ...spoiled, value: [spoiled.value] }
    if (maxItems <= LONGEST) yield { kind: 'too long', path, value: Array.from({ length: maxItems + 1 }, () => item) }
  }

  function* spoilFields(schema: Schema, value: Record<string, unknown>, path: string): Generator<Spoiled> {
    const { properties = {}, required = [], additionalProperties } = schema
    for (const name of required) {
      const { [name]: _, ...rest } = value
      yield { kind: 'missing', path: `${path}.${name}`, value: rest }
    }
    if (additionalProperties === false) yield { kind: 'unknown key', path, value: { ...value, noSuchKey: 1 } }
    for (const [name, field] of Object.entries(properties)) {
      const whole = value[name] === undefined ? sample(field, name) : value[name]
      for (const spoiled of spoil(field, whole, `${path}.${name}`))
        yield { ...spoiled, value: { ...value, [name]: spoiled.value } }
    }
  }

  return spoil
}
