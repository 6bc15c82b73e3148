import { Value } from '@sinclair/typebox/value'
import t from 'tap'
import { isInfo } from '../../../../plugins/axeos/reading/identity.ts'
import { toReading } from '../../../../plugins/axeos/reading/telemetry.ts'
import { ReadingSchema } from '../../../../schemas/telemetry.ts'
import { fixture, INFOS } from '../helper.ts'

const read = (name: string) => toReading(fixture(`info/${name}.json`))
const change = (name: string, fields: object) => toReading({ ...fixture(`info/${name}.json`), ...fields })
const GAMMA = 'bitaxe-gamma-601-v2.15.3'
const ULTRA = 'bitaxe-ultra-204-v2.1.8'
const NERD = 'nerdqaxe-plusplus-V1.0.37.2-LTS'

t.test('every captured answer is a miner and reads as the schema says', async (t) => {
  t.equal(INFOS.length, 11)
  for (const name of INFOS) {
    const info = fixture(`info/${name}`)
    t.ok(isInfo(info), name)
    const reading = toReading(info)
    t.same([...Value.Errors(ReadingSchema, reading)], [], name)
    t.matchSnapshot({ mac: reading.mac, identity: reading.identity, telemetry: reading.telemetry }, name)
  }
})

t.test('a Gamma on 2.15 is read in base units', async (t) => {
  const { mac, identity, telemetry } = read(GAMMA)
  t.equal(mac, 'bc:dd:c2:8d:c8:4f')
  t.same(identity, {
    hostname: 'example-miner',
    model: 'Gamma',
    asicModel: 'BM1370',
    asicCount: 1,
    boardVersion: '601',
    version: 'v2.15.3',
    pool: 'pool.example.org:3333',
    dialect: 'pools'
  })
  t.match(telemetry, {
    powerWatts: 20.1245117,
    inputVolts: 4.9765625,
    inputAmperes: null,
    coreAmperes: 13.828125,
    coreSetVolts: 1.1,
    coreMeasuredVolts: 1.093,
    frequencySetHertz: 525e6,
    frequencyActualHertz: 525e6,
    asicCelsius: 65.125,
    asic2Celsius: null,
    vrCelsius: 73,
    hashrateHps: 1039.515625e9,
    expectedHashrateHps: 1071e9,
    errorRatio: 0.010329516,
    fans: [{ rpm: 4057, ratio: 0.6073920822143555 }],
    bestDifficulty: 42896578860,
    poolResponseSeconds: 0.0446500015,
    heapFreeInternalBytes: 85415,
    cpuUsageRatio: 0.075,
    paused: false,
    overheated: false,
    usingFallbackPool: false
  })
  t.equal(telemetry.fans.length, 1, 'fan2rpm 0 is not a second fan')
})

t.test('the fields of an answer determine the dialect', async (t) => {
  const dialects = Object.fromEntries(INFOS.map((name) => [name, toReading(fixture(`info/${name}`)).identity.dialect]))
  t.same(dialects, {
    'bitaxe-gamma-601-v2.10.1.json': 'lenient',
    'bitaxe-gamma-601-v2.11.0b6.json': 'strict',
    'bitaxe-gamma-601-v2.12.2.json': 'strict',
    'bitaxe-gamma-601-v2.15.3.json': 'pools',
    'bitaxe-gamma-601-v2.7.0.json': 'lenient',
    'bitaxe-gamma-601-v2.9.0.json': 'lenient',
    'bitaxe-suprahex-702-2.7.0-TCH-All-In-One.json': 'lenient',
    'bitaxe-ultra-0.11-v2.1.3.json': 'lenient',
    'bitaxe-ultra-204-v2.1.8.json': 'lenient',
    'nerdqaxe-plusplus-V1.0.37.2-LTS.json': 'nerdqaxe',
    'nerdqaxe-plusplus-v1.0.30-partial.json': 'nerdqaxe'
  })
})

t.test('either of two fields identifies strict firmware', async (t) => {
  t.equal(change(ULTRA, { bestDiff: 258_000_000 }).identity.dialect, 'strict')
  t.equal(change(ULTRA, { manualFanSpeed: 50 }).identity.dialect, 'strict')
})

t.test('best difficulties of firmware that sends text are numbers', async (t) => {
  t.equal(read('bitaxe-gamma-601-v2.10.1').telemetry.bestDifficulty, 572.14e6)
  t.equal(read('bitaxe-gamma-601-v2.10.1').telemetry.bestSessionDifficulty, 11.9e6)
  t.equal(read('bitaxe-gamma-601-v2.7.0').telemetry.bestDifficulty, 5.56e9)
  t.equal(read('bitaxe-suprahex-702-2.7.0-TCH-All-In-One').telemetry.bestDifficulty, 193e9)
  t.equal(change(ULTRA, { bestDiff: '0' }).telemetry.bestDifficulty, 0)
})

t.test('the fan speed is read under all of its three names, and never from its percentage', async (t) => {
  t.same(read('bitaxe-ultra-0.11-v2.1.3').telemetry.fans, [{ rpm: 5320, ratio: 1 }])
  t.same(read(ULTRA).telemetry.fans, [{ rpm: 5654, ratio: 1 }])
  t.same(read('bitaxe-gamma-601-v2.7.0').telemetry.fans, [{ rpm: 1264, ratio: 0.29 }])
  t.same(change('bitaxe-ultra-0.11-v2.1.3', { fanSpeed: undefined }).telemetry.fans, [{ rpm: null, ratio: 1 }])
})

t.test('a reading has as many fans as the board reports', async (t) => {
  const second = { rpm: 732, ratio: 0.9 }
  t.same(read(NERD).telemetry.fans, [{ rpm: 2347, ratio: 0.9 }, second])
  t.same(change(NERD, { fans: null }).telemetry.fans, [{ rpm: 2347, ratio: 0.9 }, second], 'from the flat fields')
  const standing = change(NERD, { fans: null, fanrpm2: 0 }).telemetry.fans
  t.same(standing[1], { rpm: 0, ratio: 0.9 }, 'P07 a second fan that stands is still there')
  t.same(change(GAMMA, { fan2rpm: 3000 }).telemetry.fans[1], { rpm: 3000, ratio: null })
  t.same(change(GAMMA, { fanrpm: undefined, fanspeed: undefined }).telemetry.fans, [])
  t.equal(change(NERD, { fans: Array(5000).fill({ rpm: 1 }) }).telemetry.fans.length, 8, 'a long list is cut')
})

t.test('current is either the supply current or the core current', async (t) => {
  t.match(read(ULTRA).telemetry, { inputAmperes: 2.32375, coreAmperes: null })
  t.match(read(NERD).telemetry, { inputAmperes: 6148.438 / 1000, coreAmperes: null })
  t.match(read('bitaxe-suprahex-702-2.7.0-TCH-All-In-One').telemetry, { inputAmperes: null, coreAmperes: 15.890625 })
  const noisy = change(NERD, { current: 9000 })
  t.match(noisy.telemetry, { inputAmperes: 9, coreAmperes: null }, 'NerdQAxe always measures the supply')
  const stopped = change(GAMMA, { power: 5, voltage: 5000, current: 1000 })
  t.match(stopped.telemetry, { inputAmperes: null, coreAmperes: 1 }, 'a listed board does not change its mind')
})

t.test('the current of an unlisted board is classified by its power', async (t) => {
  t.match(change(ULTRA, { boardVersion: 'mine' }).telemetry, { inputAmperes: 2.32375, coreAmperes: null })
  t.match(change(GAMMA, { boardVersion: 'mine' }).telemetry, { inputAmperes: null, coreAmperes: 13.828125 })
  const unknown = change(GAMMA, { boardVersion: 'mine', power: null }).telemetry
  t.match(unknown, { inputAmperes: null, coreAmperes: null })
})

t.test('P07 a value of 0 is a value', async (t) => {
  const zeros = change(GAMMA, {
    hashRate: 0,
    fanrpm: 0,
    fanspeed: 0,
    sharesRejected: 0,
    power: 0,
    uptimeSeconds: 0,
    temp: 0
  })
  t.match(zeros.telemetry, {
    hashrateHps: 0,
    sharesRejected: 0,
    powerWatts: 0,
    uptimeSeconds: 0,
    asicCelsius: 0,
    fans: [{ rpm: 0, ratio: 0 }]
  })
})

t.test('P07 values that stand for "no reading" are null', async (t) => {
  t.equal(change(GAMMA, { temp: -1 }).telemetry.asicCelsius, null)
  t.equal(read(GAMMA).telemetry.asic2Celsius, null, 'temp2 -1')
  t.equal(read('bitaxe-gamma-601-v2.10.1').telemetry.asic2Celsius, null, 'temp2 0')
  t.equal(change(GAMMA, { temp2: 51.5 }).telemetry.asic2Celsius, 51.5)
  t.equal(change(GAMMA, { vrTemp: 0 }).telemetry.vrCelsius, null)
  t.equal(change(GAMMA, { wifiRSSI: -90 }).telemetry.wifiRssiDbm, null)
  t.equal(change(GAMMA, { wifiRSSI: -91 }).telemetry.wifiRssiDbm, -91)
  t.equal(read('bitaxe-gamma-601-v2.9.0').telemetry.poolResponseSeconds, null, 'a response of 15702638 ms')
  t.equal(change(GAMMA, { responseTime: 60_000 }).telemetry.poolResponseSeconds, 60)
})

t.test('flags are read in all of their forms', async (t) => {
  for (const [sent, flag] of [
    [true, true],
    [1, true],
    [false, false],
    [0, false],
    [2, null],
    ['1', null],
    [null, null]
  ]) {
    const { telemetry } = change(GAMMA, { overheat_mode: sent, miningPaused: sent, isUsingFallbackStratum: sent })
    t.match(telemetry, { overheated: flag, paused: flag, usingFallbackPool: flag }, JSON.stringify(sent))
  }
  t.equal(read('bitaxe-gamma-601-v2.9.0').telemetry.overheated, true)
  t.equal(change(ULTRA, { overheat: 1 }).telemetry.overheated, true, 'the name that v2.1.9 has')
  t.equal(change(NERD, { shutdown: true }).telemetry.paused, true)
})

t.test('the pool in use is the fallback pool while the miner says so', async (t) => {
  t.equal(change(GAMMA, { isUsingFallbackStratum: 1 }).identity.pool, 'fallback.example.org:3333')
  const stratum = { usingFallback: true }
  const nerd = change(NERD, { stratum })
  t.equal(nerd.telemetry.usingFallbackPool, true)
  t.equal(nerd.identity.pool, 'fallback.example.com:3333')
})

t.test('a pool is host and port in every form that users type', async (t) => {
  const pool = (stratumURL: unknown, stratumPort: unknown = 3333) =>
    change(GAMMA, { stratumURL, stratumPort }).identity.pool
  t.equal(pool('stratum+tcp://pool.example.org'), 'pool.example.org:3333')
  t.equal(pool('stratum+tcp://me:secret@pool.example.org'), 'pool.example.org:3333', 'without a password')
  t.equal(pool('pool.example.org', null), 'pool.example.org')
  t.equal(pool(''), null)
  t.equal(pool(7), null)
})

t.test('NerdQAxe memory is split into external and internal', async (t) => {
  t.match(read(NERD).telemetry, {
    heapFreeSpiramBytes: 6972844,
    heapFreeInternalBytes: 95068,
    heapFreeBytes: 6972844 + 95068
  })
  t.match(change(NERD, { freeHeapInt: undefined }).telemetry, { heapFreeBytes: null, heapFreeSpiramBytes: 6972844 })
})

t.test('NerdQAxe firmware without a current hashrate gets its ten-minute average', async (t) => {
  const { hashRate, ...rest } = fixture(`info/${NERD}.json`)
  t.equal(hashRate, 4881.947)
  t.equal(toReading(rest).telemetry.hashrateHps, 4878.985e9)
  t.equal(change(NERD, { hashRate: null }).telemetry.hashrateHps, null, 'but a broken reading stays unknown')
  t.equal(change(GAMMA, { hashRate: undefined }).telemetry.hashrateHps, null)
})

t.test('the model comes from the board version, or from a NerdQAxe itself, or is null', async (t) => {
  t.equal(read('bitaxe-ultra-0.11-v2.1.3').identity.model, 'Ultra')
  t.match(read('bitaxe-suprahex-702-2.7.0-TCH-All-In-One').identity, { model: 'SupraHex', asicCount: 6, hostname: '' })
  t.match(change(GAMMA, { boardVersion: 'constructor' }).identity, { model: null, asicCount: null })
  t.match(change(NERD, { deviceModel: 'NerdOCTAXE-γ', asicCount: null }).identity, {
    model: 'NerdOCTAXE-γ',
    asicCount: 8
  })
})

t.test('an answer without ASICModel takes it from the model', async (t) => {
  const partial = 'nerdqaxe-plusplus-v1.0.30-partial'
  t.notOk('ASICModel' in fixture(`info/${partial}.json`))
  t.equal(read(partial).identity.asicModel, 'BM1370')
  t.equal(change(partial, { deviceModel: 'NerdSomething' }).identity.asicModel, 'unknown')
})

t.test('P04 the MAC of a reading is macAddr, and null where the firmware does not report it', async (t) => {
  t.equal(read('bitaxe-gamma-601-v2.12.2').mac, 'bc:dd:c2:bd:62:d7')
  t.equal(read('bitaxe-gamma-601-v2.7.0').mac, null, 'macAddr ""')
  t.equal(read(ULTRA).mac, null)
  t.equal(change(GAMMA, { macAddr: 'unknown' }).mac, null)
  t.equal(change(ULTRA, { mac: 'aa:bb:cc:dd:ee:01' }).mac, null)
})

t.test('faults are reported as text', async (t) => {
  const { telemetry } = change(GAMMA, { power_fault: 'VIN low', hardware_fault: `Fan ${'x'.repeat(5000)}` })
  t.equal(telemetry.powerFault, 'VIN low')
  t.equal(telemetry.hardwareFault?.length, 256, 'long text is cut')
  t.match(read(GAMMA).telemetry, { powerFault: null, hardwareFault: null })
})

t.test('the raw info keeps every field, including those of forks', async (t) => {
  const { info } = read('bitaxe-suprahex-702-2.7.0-TCH-All-In-One')
  t.same(info, fixture('info/bitaxe-suprahex-702-2.7.0-TCH-All-In-One.json'))
  t.equal(info.chipSubmitStr, '[25757, 26165, 25975, 26053, 26114, 26037]')
})
