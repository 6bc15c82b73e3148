import { Value } from '@sinclair/typebox/value'
import t from 'tap'
import { toReading } from '../../../../plugins/axeos/reading/telemetry.ts'
import { ReadingSchema, type Telemetry } from '../../../../schemas/telemetry.ts'
import { answering, fixture, GAMMA, INFOS, startAxeos } from '../helper.ts'

const PLANTED = 'hunter2-planted'

t.test('P19 no secret is left in a reading, at any depth', async (t) => {
  const info = {
    ...fixture(GAMMA),
    stratumPassword: PLANTED,
    fallbackStratumPassword: PLANTED,
    wifiPass: PLANTED,
    wifiPassword: PLANTED,
    deep: [{ list: [{ stratumPassword: PLANTED, kept: 1 }] }]
  }
  const reading = toReading(info)
  t.notMatch(JSON.stringify(reading), PLANTED)
  t.same(reading.info.deep, [{ list: [{ kept: 1 }] }])
  t.notMatch(JSON.stringify(toReading(fixture(GAMMA))), /stratumPassword|\*{5}/)
})

t.test('P19 an answer that fails does not quote a secret in its error', async (t) => {
  const { axeos } = await startAxeos(t)
  for (const body of [`{"wifiPass":"${PLANTED}"`, `{"wifiPass":"${PLANTED}"}`]) {
    const device = await answering(t, body)
    const error: Error = await axeos.readInfo(axeos.parseAddress(device.text)).then(t.fail, (reason) => reason)
    t.notMatch(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`, PLANTED)
  }
})

t.test('P33 a wrong type in one field makes that field null and leaves the others', async (t) => {
  const expected = toReading(fixture(GAMMA)).telemetry
  const fields: [string, keyof Telemetry][] = [
    ['power', 'powerWatts'],
    ['voltage', 'inputVolts'],
    ['coreVoltage', 'coreSetVolts'],
    ['temp', 'asicCelsius'],
    ['hashRate', 'hashrateHps'],
    ['frequency', 'frequencySetHertz'],
    ['sharesAccepted', 'sharesAccepted'],
    ['bestDiff', 'bestDifficulty'],
    ['uptimeSeconds', 'uptimeSeconds'],
    ['freeHeap', 'heapFreeBytes'],
    ['overheat_mode', 'overheated'],
    ['power_fault', 'powerFault']
  ]
  for (const [key, name] of fields) {
    for (const wrong of [{}, [], [1], null, Infinity, ...(name === 'powerFault' ? [7] : ['many'])]) {
      const { telemetry } = toReading({ ...fixture(GAMMA), [key]: wrong })
      t.same(telemetry, { ...expected, [name]: null }, `${key}: ${JSON.stringify(wrong)}`)
    }
  }
})

t.test('a number that is too large to convert is null', async (t) => {
  t.equal(toReading({ ...fixture(GAMMA), hashRate: 1e305 }).telemetry.hashrateHps, null)
})

t.test('P33 2,000 mutated answers are read without a throw and match the schema', async (t) => {
  const random = prng(20260923)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const corpus = INFOS.map((name) => fixture(`info/${name}`))
  const keys = [...new Set(corpus.flatMap((info) => Object.keys(info)))]
  const values = [
    null,
    '',
    'x'.repeat(1000),
    '1',
    [],
    [null, 'a'],
    {},
    { pools: 'x' },
    true,
    false,
    0,
    -1,
    1e308,
    -1e308,
    Infinity,
    2 ** 53
  ]
  for (let round = 0; round < 2000; round++) {
    const info = structuredClone(pick(corpus))
    for (let change = 0; change <= round % 12; change++) info[pick(keys)] = structuredClone(pick(values))
    const wrong = Value.Errors(ReadingSchema, toReading(structuredClone(info))).First()
    if (wrong) return t.fail(`${wrong.path} ${wrong.message}`, { info })
  }
  t.pass('all of them')
})

t.test('a __proto__ in an answer reaches no prototype and no record', async (t) => {
  const { axeos } = await startAxeos(t)
  const planted = '"__proto__":{"polluted":true}'
  const device = await answering(t, `{${planted},"ASICModel":"BM1370","stratum":{${planted}},"list":[{${planted}}]}`)
  const { info, telemetry } = await axeos.readInfo(axeos.parseAddress(device.text))
  t.same(JSON.parse(JSON.stringify(info)), { ASICModel: 'BM1370', stratum: {}, list: [{}] })
  t.equal(Object.assign({}, info, info.stratum).polluted, undefined)
  t.notOk('polluted' in telemetry)
  t.notOk('polluted' in {})
})

/** mulberry32: small, seeded, good enough to pick fields. */
function prng(seed: number) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
