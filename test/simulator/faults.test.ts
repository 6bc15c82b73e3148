import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import t from 'tap'
import { faultNames } from '../../src/simulator/faults.ts'
import type { Miner } from '../../src/simulator/types.ts'
import { ask, fleetOf, infoOf, minerOf, patch, until } from './helper.ts'

const raw = (miner: Miner): Promise<[IncomingMessage]> =>
  once(get(`http://${miner.address}/api/system/info`, { agent: false }), 'response') as Promise<[IncomingMessage]>

t.test('each fault has its own answer, and is gone when cleared', async (t) => {
  const miner = await minerOf(t, 'v2.12.2')
  const expected = {
    http500: { status: 500 },
    garbage: { status: 200, text: /not JSON/ },
    html: { status: 200, headers: { 'content-type': 'text/html' } },
    redirect: { status: 302, headers: { location: '/' } },
    empty: { status: 200, text: '{}' },
    array: { status: 200, text: '[]' },
    hue: { status: 200, text: /unauthorized user/ }
  } as const
  for (const [name, answer] of Object.entries(expected)) {
    miner.fault(name as keyof typeof expected)
    t.match(await ask(miner, 'GET', '/api/system/info'), answer, name)
    miner.clearFaults(name as keyof typeof expected)
    t.equal((await infoOf(miner))['version'], 'v2.12.2')
  }
})

t.test('a miner can answer with a status line of its own', async (t) => {
  const miner = await minerOf(t, 'v2.12.2')
  miner.fault('badHttp')
  await t.rejects(infoOf(miner))
  miner.fault('badHttp', { head: 'HTTP/1.1 203 Other' })
  t.equal((await ask(miner, 'GET', '/api/system/info')).status, 203)
})

t.test('a miner can claim the MAC of another one', async (t) => {
  const { miners } = await fleetOf(t, { devices: 2 })
  const [liar, victim] = miners
  if (!liar || !victim) throw new Error('the fleet has no two miners')
  const own = (await infoOf(liar))['macAddr']
  liar.claimMac(victim.mac)
  t.equal((await infoOf(liar))['macAddr'], victim.mac.toUpperCase())
  t.throws(() => liar.claimMac('nonsense'), RangeError)
  liar.claimMac(null)
  t.equal((await infoOf(liar))['macAddr'], own)
})

t.test('a fault can be limited to a path', async (t) => {
  const miner = await minerOf(t, 'v2.12.2')
  miner.fault('http500', { path: '/api/system/restart' })
  t.equal((await ask(miner, 'POST', '/api/system/restart')).status, 500)
  t.equal((await infoOf(miner))['version'], 'v2.12.2')
})

t.test('refusing and resetting miners break the connection', async (t) => {
  for (const name of ['refuse', 'reset'] as const) {
    const miner = await minerOf(t, 'v2.12.2')
    miner.fault(name)
    await t.rejects(infoOf(miner), name)
  }
})

t.test('a hanging miner accepts the connection and sends nothing, while its neighbour answers', async (t) => {
  const { miners } = await fleetOf(t, { devices: 2 })
  const [hanging, healthy] = miners
  if (!hanging || !healthy) throw new Error('the fleet has no two miners')
  hanging.fault('hang')
  const request = get(`http://${hanging.address}/api/system/info`, { agent: false })
  request.on('error', () => undefined)
  request.on('response', () => t.fail('it must not answer'))
  await until('the request has arrived', () => hanging.requests === 1)
  t.equal((await ask(healthy, 'GET', '/api/system/info')).status, 200)
  t.equal(hanging.connections, 1)
  request.destroy()
  await until('the connection is gone', () => hanging.connections === 0)
})

t.test('a huge answer has its announced size, an endless one goes on until the client leaves', async (t) => {
  const miner = await minerOf(t, 'v2.12.2')
  miner.fault('huge', { bytes: 3_000_000 })
  const { text } = await ask(miner, 'GET', '/api/system/info')
  t.equal(text.length, 3_000_000)
  t.equal(JSON.parse(text).ASICModel, 'BM1370')
  miner.clearFaults()
  miner.fault('endless')
  const [response] = await raw(miner)
  let bytes = 0
  for await (const chunk of response) {
    bytes += chunk.length
    if (bytes > 5_000_000) break
  }
  t.ok(bytes > 5_000_000)
  miner.clearFaults()
  t.equal((await ask(miner, 'GET', '/api/system/info')).status, 200)
})

t.test('a dripping answer is complete in the end, byte by byte', async (t) => {
  const miner = await minerOf(t, 'v2.1.3')
  miner.fault('drip', { ms: 0 })
  const [response] = await raw(miner)
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  t.ok(chunks.length > 20)
  t.equal(JSON.parse(Buffer.concat(chunks).toString()).ASICModel, 'BM1366')
})

t.test('fields can have wrong types, those given or a default set', async (t) => {
  const miner = await minerOf(t, 'v2.12.2')
  miner.fault('wrongTypes')
  t.match(await infoOf(miner), { hashRate: 'NaN', power: null, hostname: 42 })
  miner.fault('wrongTypes', { fields: { temp: ['hot'] } })
  t.match(await infoOf(miner), { temp: ['hot'], hashRate: Number })
})

t.test('P43 fields can have values that no board has, and the hashrate a spike', async (t) => {
  const miner = await minerOf(t, 'v2.12.2')
  const { hashRate } = await infoOf(miner)
  miner.fault('spike', { factor: 200 })
  t.ok(Number((await infoOf(miner))['hashRate']) > 150 * Number(hashRate))
  miner.fault('absurd')
  t.match(await infoOf(miner), { power: -1e308, hashRate: 1e300, uptimeSeconds: -1 })
  miner.fault('absurd', { fields: { power: 1e9 } })
  t.match(await infoOf(miner), { power: 1e9, uptimeSeconds: Number })
})

t.test('a flapping miner is reachable, unreachable and reachable again', async (t) => {
  const miner = await minerOf(t, 'v2.12.2')
  const up = (): Promise<boolean> => infoOf(miner).then(Boolean, () => false)
  miner.fault('flap', { ms: 100 })
  t.ok(await up())
  await until('it is unreachable', async () => !(await up()))
  await until('it is back', up)
})

t.test('ignored writes are answered with 200 and change nothing, refused ones get the status', async (t) => {
  const miner = await minerOf(t, 'v2.12.2')
  miner.fault('ignoreWrites')
  t.equal(await patch(miner, { frequency: 400 }), 200)
  miner.clearFaults()
  miner.fault('refuseWrites', { status: 401 })
  t.equal(await patch(miner, { frequency: 400 }), 401)
  t.equal((await infoOf(miner))['frequency'], 625)
  t.match(miner.writes, [
    { status: 200, applied: {} },
    { status: 401, body: '{"frequency":400}' }
  ])
})

t.test('an unknown fault and a parameter of the wrong type are refused by name', async (t) => {
  const miner = await minerOf(t, 'v2.12.2')
  t.throws(() => miner.fault('slow', { ms: 'long' }), { message: /"ms" of fault slow/ })
  t.throws(() => miner.fault('slow', { seconds: 1 }), { message: /no parameter "seconds"/ })
  t.throws(() => miner.fault('toString' as 'slow'), RangeError)
  t.strictSame(miner.faults, [])
  t.equal(faultNames.length, 25)
})
