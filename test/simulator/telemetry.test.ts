import t from 'tap'
import { bestOf, formatDiff, parseDiff } from '../../src/simulator/miner/best-diff.ts'
import { infoOf, minerOf, patch, until } from './helper.ts'

const num = (value: unknown): number => Number(value)

t.test('the hashrate is close to frequency times cores', async (t) => {
  const cores = { 'v2.12.2': 2040, 'v2.1.8': 894, 'V1.0.37': 4 * 2040, suprahex: 6 * 1276 }
  for (const [profile, count] of Object.entries(cores)) {
    const { frequency, hashRate } = await infoOf(await minerOf(t, profile))
    const expected = (num(frequency) * count) / 1000
    t.ok(Math.abs(num(hashRate) / expected - 1) < 0.05, `${profile}: ${String(hashRate)} of ${expected}`)
  }
})

t.test('frequency and core voltage change hashrate, power and temperature', async (t) => {
  const miner = await minerOf(t, 'v2.12.2')
  const before = await infoOf(miner)
  t.equal(await patch(miner, { frequency: 400, coreVoltage: 1000 }), 200)
  const after = await infoOf(miner)
  t.ok(num(after['hashRate']) < num(before['hashRate']) * 0.75)
  t.ok(num(after['power']) < num(before['power']) * 0.75)
  t.ok(num(after['temp']) < num(before['temp']))
})

t.test('uptime and shares grow with time, unless the miner is frozen', async (t) => {
  const miner = await minerOf(t, 'v2.15.3')
  const first = miner.info()
  await until('a second passes', () => num(miner.info()['uptimeSeconds']) > num(first['uptimeSeconds']))
  t.ok(num(miner.info()['totalHashes']) > num(first['totalHashes']))
  miner.fault('freeze')
  const frozen = JSON.stringify(miner.info())
  const other = await minerOf(t, 'v2.12.2')
  const start = num(other.info()['uptimeSeconds'])
  await until('a second passes elsewhere', () => num(other.info()['uptimeSeconds']) > start)
  t.equal(JSON.stringify(miner.info()), frozen)
})

t.test('a miner without hashrate reports 0, and its averages stay constant', async (t) => {
  const miner = await minerOf(t, 'v2.12.2')
  miner.fault('zeroHashrate')
  const [first, second] = [await infoOf(miner), await infoOf(miner)]
  t.equal(first['hashRate'], 0)
  t.ok(num(first['hashRate_1m']) > 1000)
  t.equal(first['hashRate_1m'], second['hashRate_1m'])
})

t.test('best difficulties are texts in the style of the capture, and can be read back', async (t) => {
  t.equal(formatDiff(4_290_000_000, '4.29G'), '4.29G')
  t.equal(formatDiff(572_140_000, '11.90 M'), '572.14 M')
  t.equal(formatDiff(483_000, '13M'), '483k')
  t.equal(formatDiff(12, '13M'), '12')
  t.equal(parseDiff('572.14 M'), 572_140_000)
  t.equal(parseDiff('4.29G'), 4_290_000_000)
})

t.test('the best share of a session rises now and then and never falls', async (t) => {
  const bests = Array.from({ length: 40 }, (_, i) => bestOf(1.5 ** i, 42))
  t.strictSame(
    bests,
    bests.toSorted((a, b) => a - b)
  )
  t.ok(new Set(bests).size > 5)
  t.ok(new Set(bests).size < 40)
})

t.test('raw fields can be set and removed', async (t) => {
  const miner = await minerOf(t, 'v2.12.2')
  miner.override({ hashRate: 244_139, temp: null, macAddr: undefined, extra: { a: [1] } })
  const info = await infoOf(miner)
  t.match(info, { hashRate: 244_139, temp: null, extra: { a: [1] } })
  t.notOk('macAddr' in info)
})
