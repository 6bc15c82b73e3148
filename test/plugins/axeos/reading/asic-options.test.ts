import { Value } from '@sinclair/typebox/value'
import t, { type Test } from 'tap'
import { AsicOptionsSchema, type Identity } from '../../../../schemas/telemetry.ts'
import { answering, fixture, GAMMA, httpDevice, rawDevice, startAxeos } from '../helper.ts'

const NERD = 'info/nerdqaxe-plusplus-V1.0.37.2-LTS.json'

/** Reads the options of a device that answers `/api/system/asic` with this body, as the miner of this capture. */
async function ask(t: Test, capture: string, body: unknown, status = 200) {
  const device = await answering(t, typeof body === 'string' ? body : JSON.stringify(body), status)
  const { axeos } = await startAxeos(t)
  const options = await axeos.readAsicOptions(axeos.parseAddress(device.text), axeos.toReading(fixture(capture)))
  t.ok(Value.Check(AsicOptionsSchema, options))
  return { options, paths: device.requests.map(({ method, url }) => `${method} ${url}`) }
}

t.test('the lists come from the device that has them', async (t) => {
  const gamma = await ask(t, GAMMA, fixture('other/asic-bitaxe-gamma-601-v2.15.json'))
  t.same(gamma.paths, ['GET /api/system/asic'])
  t.same(gamma.options, {
    source: 'device',
    frequencyOptions: [400, 490, 525, 550, 600, 625, 690],
    voltageOptions: [1000, 1060, 1100, 1150, 1200, 1250],
    defaultFrequency: 525,
    defaultVoltage: 1150,
    absMaxFrequency: null,
    absMaxVoltage: null,
    deviceModel: 'Gamma',
    asicCount: 1
  })
  const nerd = await ask(t, NERD, fixture('other/asic-nerdqaxe-plusplus-v1.1.0-beta1.json'))
  t.match(nerd.options, { source: 'device', absMaxFrequency: 800, absMaxVoltage: 1400, deviceModel: 'NerdQAxe++' })
  const hex = await ask(
    t,
    'info/bitaxe-suprahex-702-2.7.0-TCH-All-In-One.json',
    fixture('other/asic-bitaxe-suprahex.json')
  )
  t.match(hex.options, { source: 'device', defaultVoltage: 1166, asicCount: 6 })
})

t.test('invalid options are left out, and the rest is sorted', async (t) => {
  const { options } = await ask(t, GAMMA, {
    frequencyOptions: [600, '525', null, 400, 400, -1, 0, 1e9, {}, [500], 525.5],
    voltageOptions: [1200, 1000],
    defaultFrequency: 'fast',
    absMaxFrequency: 0,
    deviceModel: 7
  })
  t.match(options, {
    source: 'device',
    frequencyOptions: [400, 525.5, 600],
    voltageOptions: [1000, 1200],
    defaultFrequency: 525,
    defaultVoltage: 1150,
    absMaxFrequency: null,
    deviceModel: 'Gamma'
  })
})

t.test('a long list of options is cut', async (t) => {
  const frequencyOptions = Array.from({ length: 20_000 }, (_, index) => index + 1)
  const { options } = await ask(t, GAMMA, { frequencyOptions, voltageOptions: [1000] })
  t.equal(options.frequencyOptions.length, 128)
})

const useless: Record<string, [unknown, number?]> = {
  '404': ['{"error":"unknown route"}', 404],
  '302': ['', 302],
  '401': ['Unauthorized', 401],
  'lists, but status 500': [{ frequencyOptions: [1], voltageOptions: [1] }, 500],
  'a web page': ['<html>'],
  'a list': [[]],
  null: ['null'],
  'empty lists': [{ frequencyOptions: [], voltageOptions: [] }],
  'wrong lists': [{ frequencyOptions: { 0: 400 }, voltageOptions: 'all' }]
}
for (const [what, [body, status]] of Object.entries(useless)) {
  t.test(`the options come from the table when the device answers with ${what}`, async (t) => {
    const { options } = await ask(t, GAMMA, body, status)
    t.match(options, { source: 'table', frequencyOptions: [400, 490, 525, 550, 600, 625], defaultFrequency: 525 })
  })
}

t.test('the options come from the table when the device does not answer', async (t) => {
  const device = await rawDevice(t, (socket) => socket.destroy())
  const { axeos } = await startAxeos(t)
  const options = await axeos.readAsicOptions(axeos.parseAddress(device.text), axeos.toReading(fixture(GAMMA)))
  t.equal(options.source, 'table')
})

t.test('firmware that is certainly too old gets no request', async (t) => {
  for (const capture of ['info/bitaxe-ultra-204-v2.1.8.json', 'info/bitaxe-ultra-0.11-v2.1.3.json']) {
    const { options, paths } = await ask(t, capture, {})
    t.same(paths, [])
    t.match(options, { source: 'table', defaultFrequency: 485, defaultVoltage: 1200, deviceModel: 'Ultra' })
  }
  const partial = await ask(t, 'info/nerdqaxe-plusplus-v1.0.30-partial.json', {})
  t.same(partial.paths, ['GET /api/system/asic'], 'a firmware that does not tell its version is')
})

t.test('P10 an abort does not return the options of the table', async (t) => {
  const asked = Promise.withResolvers<undefined>()
  const device = await httpDevice(t, () => asked.resolve(undefined))
  const { axeos } = await startAxeos(t)
  const removal = new AbortController()
  const { signal } = removal
  const options = axeos.readAsicOptions(axeos.parseAddress(device.text), axeos.toReading(fixture(GAMMA)), { signal })
  await asked.promise
  removal.abort()
  await t.rejects(options, { code: 'POLL_ABORTED' })
})

t.test('the table has options for each listed board and ASIC, and empty lists for others', async (t) => {
  const { axeos } = await startAxeos(t)
  const { identity } = axeos.toReading(fixture(GAMMA))
  const options = (change: Partial<Identity>) => axeos.optionsFromTable({ ...identity, ...change })
  t.match(options({ model: null, asicModel: 'BM1397' }), { defaultFrequency: 425, voltageOptions: [1100, 1150, 1200] })
  t.match(options({ model: 'Supra', asicModel: 'BM1368' }), { defaultVoltage: 1166 })
  t.match(options({ model: 'GammaDuo' }), { defaultFrequency: 400, frequencyOptions: [350, 375, 380, 400, 410] })
  t.match(options({ model: null, asicModel: 'BM1372/BM1373' }), { defaultFrequency: 327 })
  t.match(options({ model: 'NerdQAxe++' }), { absMaxFrequency: 800, voltageOptions: [1120, 1130, 1140] })
  t.same(options({ model: 'NerdQAxe++' }).voltageOptions.at(-1), 1200)
  t.match(options({ model: 'NerdOCTAXE-γ' }), { defaultFrequency: 700, absMaxFrequency: 850, absMaxVoltage: null })
  t.match(options({ model: 'toString', asicModel: '__proto__' }), {
    source: 'table',
    frequencyOptions: [],
    voltageOptions: [],
    defaultFrequency: null
  })
})
