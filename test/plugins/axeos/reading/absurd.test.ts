import fc from 'fast-check'
import t from 'tap'
import { BOUNDS, FAN_BOUNDS } from '../../../../plugins/axeos/reading/bounds.ts'
import { toReading } from '../../../../plugins/axeos/reading/telemetry.ts'
import type { Telemetry } from '../../../../schemas/telemetry.ts'
import { sumFleet } from '../../../../src/fleet-totals.ts'
import { fixture, GAMMA, INFOS } from '../helper.ts'

const NERD = 'info/nerdqaxe-plusplus-V1.0.37.2-LTS.json'
/** Where a field of telemetry comes from, by the name of the field on the wire. */
const WIRE: Partial<Record<keyof Telemetry, string>> = {
  powerWatts: 'power',
  inputVolts: 'voltage',
  coreAmperes: 'current',
  coreSetVolts: 'coreVoltage',
  coreMeasuredVolts: 'coreVoltageActual',
  frequencySetHertz: 'frequency',
  frequencyActualHertz: 'actualFrequency',
  asicCelsius: 'temp',
  asic2Celsius: 'temp2',
  vrCelsius: 'vrTemp',
  hashrateHps: 'hashRate',
  hashrate1mHps: 'hashRate_1m',
  hashrate10mHps: 'hashRate_10m',
  hashrate1hHps: 'hashRate_1h',
  hashrate1dHps: 'hashRate_1d',
  expectedHashrateHps: 'expectedHashrate',
  errorRatio: 'errorPercentage',
  sharesAccepted: 'sharesAccepted',
  sharesRejected: 'sharesRejected',
  bestDifficulty: 'bestDiff',
  bestSessionDifficulty: 'bestSessionDiff',
  poolDifficulty: 'poolDifficulty',
  poolResponseSeconds: 'responseTime',
  uptimeSeconds: 'uptimeSeconds',
  heapFreeBytes: 'freeHeap',
  heapFreeInternalBytes: 'freeHeapInternal',
  heapFreeSpiramBytes: 'freeHeapSpiram',
  wifiRssiDbm: 'wifiRSSI',
  cpuUsageRatio: 'cpuUsage',
  blocksFound: 'blockFound'
}
const ABSURD = [-1e308, 1e308, -1e300, 1e300, -1e12, 1e22, Infinity, -Infinity, NaN, 'NaN', 'Infinity', '1e999']

function read(info: object) {
  const rejected: string[] = []
  const reading = toReading({ ...info }, (field) => rejected.push(field))
  return { ...reading, rejected }
}
const change = (fields: object, name = GAMMA) => read({ ...fixture(name), ...fields })

t.test('P43 every field of telemetry is null for a value that no board can have, and counted', async (t) => {
  const board = read(fixture(GAMMA))
  for (const [field, key] of Object.entries(WIRE)) {
    for (const value of ABSURD) {
      const { telemetry, rejected, info } = change({ [key]: value })
      const title = `${key}: ${value}`
      t.same(telemetry, { ...board.telemetry, [field]: null }, title)
      if (!(typeof value === 'string' && key.startsWith('best'))) t.same(rejected, [field], title)
      t.same(info[key], value, `${title}: info is as the miner sent it`)
    }
  }
  const supply = change({ current: 1e12 }, NERD)
  t.match(supply, { telemetry: { inputAmperes: null }, rejected: ['inputAmperes'] })
  t.same(new Set([...Object.keys(WIRE), 'inputAmperes']), new Set(Object.keys(BOUNDS)), 'these are all fields')
})

t.test('P43 values at the edge of what is absurd', async (t) => {
  const wire: [string, number | string, keyof Telemetry][] = [
    ['power', -5, 'powerWatts'],
    ['power', 20_000, 'powerWatts'],
    ['voltage', 1e9, 'inputVolts'],
    ['temp', -273, 'asicCelsius'],
    ['temp', 1e6, 'asicCelsius'],
    ['sharesAccepted', -1, 'sharesAccepted'],
    ['sharesAccepted', 1e15, 'sharesAccepted'],
    ['bestDiff', '999999999999T', 'bestDifficulty'],
    ['poolDifficulty', -1, 'poolDifficulty'],
    ['wifiRSSI', 1e9, 'wifiRssiDbm'],
    ['freeHeap', -1, 'heapFreeBytes'],
    ['errorPercentage', 1e9, 'errorRatio'],
    ['uptimeSeconds', -1, 'uptimeSeconds']
  ]
  for (const [key, value, field] of wire) {
    const { telemetry, rejected } = change({ [key]: value })
    t.equal(telemetry[field], null, `${key}: ${value}`)
    t.same(rejected, [field])
  }
})

t.test('P43 fans are bounded in speed, duty cycle and number', async (t) => {
  const { telemetry, rejected } = change({ fanrpm: 1e12, fanspeed: -1e9 })
  t.same(telemetry.fans, [{ rpm: null, ratio: null }])
  t.same(rejected, ['fanRpm', 'fanRatio'])
  const many = change({ fans: Array.from({ length: 1000 }, () => ({ rpm: 1e300, speedPerc: '50' })) }, NERD)
  t.same(many.telemetry.fans, Array(8).fill({ rpm: null, ratio: null }))
  t.equal(change({ fanCount: 1e300 }).telemetry.fans.length, 1)
})

t.test('P43 no captured answer has a value that is rejected, but for a known fault of v2.9.0', async (t) => {
  for (const name of INFOS) {
    const { rejected } = read(fixture(`info/${name}`))
    t.same(rejected, name.includes('v2.9.0') ? ['poolResponseSeconds'] : [], name)
  }
})

t.test('P43 a sensor that is absent is no reading, and is not counted', async (t) => {
  for (const fields of [{ power: -1 }, { voltage: -1 }, { voltage: -40 }, { current: -1 }, { temp: -1 }, { temp2: -1 }])
    t.same(change(fields).rejected, [], JSON.stringify(fields))
  t.equal(change({ power: -1 }).telemetry.powerWatts, null)
})

t.test('P43 a hashrate beyond what the ASICs of the board can do is absent', async (t) => {
  for (const key of ['hashRate', 'hashRate_1m', 'hashRate_10m', 'hashRate_1h', 'hashRate_1d', 'expectedHashrate'])
    for (const gigahashes of [5000, 200_000, 244_139]) t.equal(change({ [key]: gigahashes }).rejected.length, 1, key)
  const spike = { hashRate: 200_000 }
  const vouched = { expectedHashrate: 200_000, asicCount: 1e6, smallCoreCount: 1e9, frequency: 1e9 }
  t.equal(change({ ...spike, ...vouched }).telemetry.hashrateHps, null, 'the miner does not vouch for itself')
  t.equal(change({ ...spike, ASICModel: 'unknown', boardVersion: 'x' }).telemetry.hashrateHps, null)
  const unlisted = { ASICModel: 'BM9999', boardVersion: 'x', asicCount: 1, smallCoreCount: undefined }
  t.equal(change({ ...unlisted, hashRate: 5000, expectedHashrate: 1200 }).telemetry.hashrateHps, null)
  t.equal(change({ ...unlisted, hashRate: 3000, expectedHashrate: 1200 }).telemetry.hashrateHps, 3e12)
  t.equal(change({ ...unlisted, hashRate: 9000, expectedHashrate: 0 }).telemetry.hashrateHps, null)
})

t.test('P43 averages from before a lower clock, and boards with many ASICs, keep their hashrates', async (t) => {
  t.same(change({ frequency: 50, hashRate_1h: 1200, hashRate_1d: 1200 }).rejected, [])
  t.same(change({ hashRate: 15_000, deviceModel: 'NerdEKO', asicCount: 12 }, NERD).rejected, [])
})

t.test('P43 the current of an unlisted board is not classified by an absurd power', async (t) => {
  const { telemetry } = change({ boardVersion: 'mine', power: 1e300 })
  t.match(telemetry, { powerWatts: null, inputAmperes: null, coreAmperes: null })
})

t.test(
  'P43 for any numbers that miners send, every value and the totals of the fleet stay within their bounds',
  async (t) => {
    const keys = [...new Set(INFOS.flatMap((name) => Object.keys(fixture(`info/${name}`))))]
    const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(...ABSURD))
    const answer = fc.tuple(fc.constantFrom(...INFOS), fc.dictionary(fc.constantFrom(...keys), number))
    fc.assert(
      fc.property(fc.array(answer, { minLength: 1, maxLength: 5 }), (fleet) => {
        const readings = fleet.map(([name, fields]) => change(fields, `info/${name}`).telemetry)
        for (const telemetry of readings) if (!isWithinBounds(telemetry)) return false
        const { hashrateHps, powerWatts, efficiencyJoulesPerTerahash } = sumFleet(readings)
        return (
          hashrateHps >= 0 &&
          hashrateHps <= fleet.length * BOUNDS.hashrateHps[1] &&
          powerWatts >= 0 &&
          powerWatts <= fleet.length * BOUNDS.powerWatts[1] &&
          (efficiencyJoulesPerTerahash ?? 0) <= fleet.length * 1e6
        )
      }),
      { numRuns: 500 }
    )
    t.pass('for all of them')
  }
)

function isWithinBounds(telemetry: Telemetry): boolean {
  const fields = Object.entries(BOUNDS) as [keyof typeof BOUNDS, readonly [number, number]][]
  const within = (value: number | null, [min, max]: readonly [number, number]) =>
    value === null || (value >= min && value <= max)
  return (
    fields.every(([field, bounds]) => within(telemetry[field], bounds)) &&
    telemetry.fans.every(({ rpm, ratio }) => within(rpm, FAN_BOUNDS.rpm) && within(ratio, FAN_BOUNDS.ratio))
  )
}
