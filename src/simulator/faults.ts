import type { Fields, Json } from './json.ts'

/** Parameters of each fault with their defaults: durations in ms, sizes in bytes. `path` limits a fault to URLs that start with it. */
const defaults = {
  hang: { path: '' },
  slow: { ms: 2000, path: '' },
  reset: { path: '' },
  refuse: {},
  http500: { path: '' },
  garbage: { path: '' },
  html: { path: '' },
  badHttp: { path: '', head: 'HTTP/1.1 000' },
  redirect: { path: '', location: '/' },
  huge: { path: '', bytes: 50 * 1024 * 1024 },
  endless: { path: '' },
  drip: { path: '', ms: 100 },
  empty: { path: '' },
  array: { path: '' },
  hue: { path: '' },
  wrongTypes: { fields: {} },
  absurd: { fields: {} },
  spike: { factor: 200 },
  zeroHashrate: {},
  freeze: {},
  flap: { ms: 5000 },
  ignoreWrites: {},
  refuseWrites: { status: 500 },
  badUtf8: {},
  closeAtOnce: {}
} satisfies Record<string, Fields>

export type FaultName = keyof typeof defaults
export const faultNames = Object.keys(defaults).filter(isFaultName)

/** Whether a value is the name of a fault. */
export function isFaultName(name: unknown): name is FaultName {
  return typeof name === 'string' && Object.hasOwn(defaults, name)
}

/** Fills in the default parameters of a fault. @throws RangeError that names an unknown parameter or one of the wrong type */
export function faultParams(name: FaultName, given: Fields = {}): Fields {
  const known: Fields = defaults[name]
  for (const [key, value] of Object.entries(given)) {
    const standard = known[key]
    if (standard === undefined) throw new RangeError(`fault ${name} has no parameter "${key}"`)
    if (!sameKind(standard, value))
      throw new RangeError(`parameter "${key}" of fault ${name} must be like ${JSON.stringify(standard)}`)
  }
  return { ...known, ...given }
}

function sameKind(standard: Json, value: Json): boolean {
  if (typeof standard === 'number') return typeof value === 'number' && Number.isFinite(value) && value >= 0
  return typeof value === typeof standard && value !== null && !Array.isArray(value)
}
