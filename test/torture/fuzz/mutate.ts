import type { Fields, Json } from '../../../src/simulator/json.ts'
import type { Random } from '../random.ts'

/** Corrupts bytes at random: replaces, removes or repeats some, or inserts invalid UTF-8. */
export function corruptBytes(random: Random, text: Buffer): Buffer {
  let bytes = Buffer.from(text)
  for (let i = random.between(1, 4); i > 0; i--) {
    const at = random.below(bytes.length + 1)
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)]
    bytes = random.pick([
      () => Buffer.concat([before, Buffer.from([random.below(256)]), after.subarray(1)]),
      () => Buffer.concat([before, after.subarray(random.below(20))]),
      () => Buffer.concat([before, after, after]),
      () => Buffer.concat([before, Buffer.from([0xc3, 0x28, 0xff, 0xfe]), after]),
      () => before
    ])()
  }
  return bytes.subarray(0, 60_000)
}

const ODD: (string | number | boolean | null | object)[] = [
  null,
  true,
  false,
  {},
  [],
  [[[]]],
  '',
  ' ',
  'NaN',
  '-',
  '1e400',
  '9'.repeat(400),
  'x'.repeat(1000),
  '\u0000',
  '\ud800',
  0,
  -0,
  -1,
  1e308,
  -1e308,
  2 ** 53 + 1,
  0.1 + 0.2,
  { a: { b: { c: [] } } },
  Array.from({ length: 1000 }, () => null)
]
const RAW_NUMBERS = [
  '1e400',
  '-1e999',
  '9'.repeat(500),
  '0.' + '1'.repeat(500),
  '01',
  '-',
  '+1',
  'NaN',
  'Infinity',
  '0x10'
]

type Body = (random: Random, info: Fields) => Buffer

const json = (value: unknown) => Buffer.from(JSON.stringify(value))
const isNested = (value: Json | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Replaces some values, also nested ones, by values of other types. */
function retype(random: Random, info: Fields): Fields {
  const entries = Object.entries(info).map(([key, value]): [string, unknown] => {
    if (key === 'macAddr' && random.chance(0.9)) return [key, value]
    if (isNested(value) && random.chance(0.5)) return [key, retype(random, value)]
    return [key, random.chance(0.15) ? random.pick(ODD) : value]
  })
  return Object.fromEntries(entries) as Fields
}

/** Adds a field with a very deep, but complete, value. */
function nest(random: Random, info: Fields, [open, close]: [string, string]): Buffer {
  const depth = random.pick([1000, 3000, 10_000, 30_000, 100_000])
  const [before, after] = [open.repeat(depth), close.repeat(depth)]
  return Buffer.from(`${JSON.stringify(info).slice(0, -1)},"deep":${before}1${after}}`)
}

const bodies: Body[] = [
  (random, info) => corruptBytes(random, json(info)),
  (random, info) => json(info).subarray(0, random.below(json(info).length)),
  (random, info) => json(retype(random, info)),
  (random, info) => json(retype(random, info)),
  (random, info) => json(Object.fromEntries(random.some(Object.entries(info), random.below(60)))),
  (random, info) =>
    Buffer.from(
      JSON.stringify(info).replace(/:-?\d+(\.\d+)?/g, (whole) =>
        random.chance(0.1) ? `:${random.pick(RAW_NUMBERS)}` : whole
      )
    ),
  (random, info) =>
    Buffer.from(
      JSON.stringify(info).replace(
        '{',
        `{"__proto__":{"hashRate":1},"constructor":1,"hashRate":"x","${random.pick(Object.keys(info))}":[],`
      )
    ),
  (random) => Buffer.from(random.pick(['[', '{"a":']).repeat(random.pick([100, 5000, 50_000]))),
  (random, info) => json({ ...info, wide: 'é'.repeat(random.below(40_000)) }),
  (random, info) => nest(random, info, ['[', ']']),
  (random, info) => nest(random, info, ['{"a":', '}']),
  (_random, info) => Buffer.from(`\ufeff${JSON.stringify(info)}`),
  (random) => json(random.pick(ODD)),
  (_random, info) => json([info])
]

type Frame = (random: Random, body: Buffer) => Buffer

const head = (lines: string[], body: Buffer) =>
  Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body])
const ok = 'HTTP/1.1 200 OK'
const type = 'Content-Type: application/json'
const lengthOf = (body: Buffer) => `Content-Length: ${body.length}`

/** Valid framings of an answer: with its length, chunked, or until the connection closes. */
const frames: Frame[] = [
  (_random, body) => head([ok, type, lengthOf(body)], body),
  (_random, body) => head([ok, type, 'Transfer-Encoding: chunked'], chunked(body, '\r\n')),
  (_random, body) => head([ok, type, 'Connection: close'], body)
]

const oddFrames: Frame[] = [
  (random, body) => head([ok, type, `Content-Length: ${body.length + random.between(-50, 50)}`], body),
  (random, body) =>
    head([ok, type, `Content-Length: ${random.pick(['-1', 'x', '1e3', '99999999999999999999', ''])}`], body),
  (_random, body) => head([ok, lengthOf(body), 'Content-Length: 3'], body),
  (_random, body) => head([ok, lengthOf(body), 'Transfer-Encoding: chunked'], chunked(body, '\r\n')),
  (_random, body) =>
    head([ok, 'Transfer-Encoding: chunked'], Buffer.concat([Buffer.from('FFFFFFFFFFFFFFFF\r\n'), body])),
  (_random, body) => head([ok, 'Transfer-Encoding: chunked'], chunked(body, '\n').subarray(0, -3)),
  (_random, body) => head([ok, 'Content-Encoding: gzip', lengthOf(body)], body),
  (_random, body) =>
    head([ok, ...Array.from({ length: 2000 }, (_, i) => `X-${i}: ${'y'.repeat(20)}`), lengthOf(body)], body),
  (random, body) =>
    head([`HTTP/1.1 ${random.pick([100, 101, 103, 199, 204, 206, 304, 418, 500, 599, 999])} X`, lengthOf(body)], body),
  (_random, body) => head(['HTTP/1.1 100 Continue', '', ok, lengthOf(body)], body),
  (_random, body) => head([`HTTP/9.9 200 OK`, lengthOf(body)], body),
  (_random, body) => Buffer.concat([Buffer.from(`${ok}\n${lengthOf(body)}\n\n`), body]),
  (_random, body) => head([ok, 'X-\u0000: \u0001', ' folded', lengthOf(body)], body),
  (_random, body) =>
    Buffer.concat([head([ok, lengthOf(body)], body), head([ok, 'Content-Length: 2'], Buffer.from('{}'))]),
  (random, body) => corruptBytes(random, head([ok, type, lengthOf(body)], body)),
  (_random, body) => body,
  () => Buffer.alloc(0)
]

function chunked(body: Buffer, end: string): Buffer {
  return Buffer.concat([Buffer.from(`${body.length.toString(16)}${end}`), body, Buffer.from(`${end}0${end}${end}`)])
}

/** A mutated info answer: its body, its framing, or both are damaged. */
export function hostileAnswer(random: Random, info: Fields): Buffer {
  const body = random.chance(0.75) ? random.pick(bodies)(random, info) : json(info)
  return random.pick(random.chance(0.75) ? frames : oddFrames)(random, body)
}

/** A valid answer. */
export const validAnswer = (value: unknown): Buffer => head([ok, type, lengthOf(json(value))], json(value))
