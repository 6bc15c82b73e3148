import type { LookupAddress } from 'node:dns'
import t from 'tap'
import { createLookup } from '../../src/lookup.ts'

const V4 = { address: '192.0.2.1', family: 4 }
const V6 = { address: '2001:db8::1', family: 6 }

const ask = (lookup: ReturnType<typeof createLookup>, host: string, options: { all?: boolean; family?: number } = {}) =>
  new Promise((resolve) => lookup(host, options, (error, ...found) => resolve(error ? error.message : found)))

t.test('P50: with a resolver that hangs, one query per name is under way however often it is asked', async (t) => {
  const { promise, resolve } = Promise.withResolvers<LookupAddress[]>()
  const asked: string[] = []
  const lookup = createLookup((host) => {
    asked.push(host)
    return promise
  })
  const answers = Array.from({ length: 100 }, () => ask(lookup, 'grafana.local', { all: true }))
  t.same(asked, ['grafana.local'])
  resolve([V4])
  t.ok((await Promise.all(answers)).every((answer) => JSON.stringify(answer) === JSON.stringify([[V4]])))
  await ask(lookup, 'grafana.local')
  t.equal(asked.length, 2, 'a finished query is not reused')
})

t.test('P50: a lookup answers in each form that sockets ask for, and passes failures on', async (t) => {
  const lookup = createLookup(async (host) => {
    if (host === 'nowhere') throw new Error('ENOTFOUND')
    return [V6, V4]
  })
  t.same(await ask(lookup, 'x'), [V6.address, 6])
  t.same(await ask(lookup, 'x', { family: 4 }), [V4.address, 4])
  t.same(await ask(lookup, 'x', { all: true, family: 4 }), [[V4]])
  t.equal(await ask(lookup, 'nowhere'), 'ENOTFOUND')
  t.equal(await ask(lookup, 'nowhere'), 'ENOTFOUND', 'a failure is not kept')
})
