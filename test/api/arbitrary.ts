import * as fc from 'fast-check'
import { resolve, type OpenApi, type Schema } from './document.ts'

/** Values that exist in the backend under test, by the format of a string or by the name of a field. */
export type Words = Record<string, readonly unknown[]>

/** Creates a generator of values that match a schema. Strings come from `words` where it has any, otherwise they are random. */
export function createArbitrary(document: OpenApi, words: Words) {
  const keys = fc.constantFrom(...(words['setting'] ?? ['frequency']).map(String))
  const known = (name: string | undefined) =>
    name !== undefined && words[name] ? fc.constantFrom(...words[name]) : null

  function text({ format, pattern, minLength = 0, maxLength = 40 }: Schema, name?: string): fc.Arbitrary<unknown> {
    const word = known(format) ?? known(name)
    if (word) return word
    if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern))
    return fc.string({ minLength, maxLength: Math.min(maxLength, 40), unit: 'grapheme' })
  }

  function number({ minimum, exclusiveMinimum, maximum = 100_000 }: Schema): fc.Arbitrary<number> {
    const min = minimum ?? (exclusiveMinimum ?? -1000) + 1
    return fc.double({ min, max: maximum, noNaN: true })
  }

  function integer({ minimum = -1000, maximum = 100_000 }: Schema): fc.Arbitrary<number> {
    return fc.integer({ min: minimum, max: maximum })
  }

  function list({ items = {}, minItems = 0, maxItems = 4 }: Schema, name?: string): fc.Arbitrary<unknown> {
    return fc.array(of(items, name), { minLength: minItems, maxLength: Math.min(maxItems, 4) })
  }

  function object({ properties, required = [], minProperties = 0 }: Schema): fc.Arbitrary<unknown> {
    if (!properties) return fc.dictionary(keys, fc.jsonValue(), { minKeys: minProperties })
    const fields = Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, of(schema, name)]))
    const whole = fc.record(fields, { requiredKeys: required as never[] })
    return whole.filter((value) => Object.keys(value).length >= minProperties)
  }

  function of(schema: Schema, name?: string): fc.Arbitrary<unknown> {
    const { anyOf, enum: choices, type } = resolve(document, schema)
    if (anyOf) return fc.oneof(...anyOf.map((option) => of(option, name)))
    if (choices) return fc.constantFrom(...choices)
    const make = { string: text, number, integer, array: list, object }[String(type)]
    if (make) return make(resolve(document, schema), name)
    if (type === 'boolean') return fc.boolean()
    return type === 'null' ? fc.constant(null) : fc.jsonValue()
  }

  return of
}
