import fc from 'fast-check'
import t from 'tap'
import { isDeeper, parseSafeJson } from '../../src/safe-json.ts'

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

t.test('JSON of the permitted depth is read as JSON.parse reads it', async () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5, noUnicodeString: false }), (text) => {
      const hasPrototypeKey = /__proto__|constructor/.test(text)
      return hasPrototypeKey || JSON.stringify(parseSafeJson(text, 20)) === JSON.stringify(JSON.parse(text))
    })
  )
})

t.test('deeper JSON is refused, up to depths that would exhaust the stack', async (t) => {
  t.same(parseSafeJson(nested(16), 16), JSON.parse(nested(16)))
  for (const levels of [17, 1000, 400_000]) t.throws(() => parseSafeJson(nested(levels), 16), { code: 'JSON_TOO_DEEP' })
})

t.test('keys that would change a prototype are removed at any depth', async (t) => {
  const value = parseSafeJson('{"a":{"__proto__":{"polluted":true},"b":1},"constructor":{"prototype":{"x":1}}}', 16)
  t.notOk(Object.hasOwn((value as { a: object }).a, '__proto__'))
  t.equal(JSON.stringify(value), '{"a":{"b":1}}')
})

t.test('escapes do not hide a key that would change a prototype', async (t) => {
  for (const key of ['\\u005f_proto__', '__pr\\u006fto__', '\\u005F\\u005Fproto\\u005f_']) {
    t.equal(JSON.stringify(parseSafeJson(`{"${key}":{"polluted":true},"a":1}`, 16)), '{"a":1}', key)
  }
  for (const key of ['constructor', 'c\\u006fnstructor']) {
    t.equal(JSON.stringify(parseSafeJson(`{"${key}":{"protot\\u0079pe":{}},"a":1}`, 16)), '{"a":1}', key)
  }
})

t.test('a text that is not JSON throws', async (t) => {
  t.throws(() => parseSafeJson('<html>', 16), SyntaxError)
})

t.test('depth counts objects and lists alike', async (t) => {
  t.notOk(isDeeper(5, 0))
  t.notOk(isDeeper({ a: 1, b: null }, 1))
  t.ok(isDeeper({ a: [] }, 1))
  t.notOk(isDeeper({ a: [{}] }, 3))
  t.ok(isDeeper({ a: [{}] }, 2))
})
