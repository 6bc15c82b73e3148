import t from 'tap'
import { LENIENT, STRICT, bodyOn, POOLS, NERDQAXE, OLD_NERDQAXE, planOn, refuses, type Info } from './helper.ts'

t.test('frequency and core voltage must be options of the board', async (t) => {
  for (const capture of [LENIENT, STRICT, POOLS, NERDQAXE, OLD_NERDQAXE])
    t.strictSame(bodyOn(capture, { frequency: 550 }, { info: { frequency: 525 } }), { frequency: 550 })
  refuses(
    t,
    POOLS,
    { frequency: 560 },
    /^frequency = 560 is not allowed: the options are 400, 490, 525, 550, 600, 625; .*allowOverclock/
  )
  refuses(
    t,
    POOLS,
    { coreVoltage: '1300' },
    /^coreVoltage = 1300 is not allowed: the options are 1000, 1060, 1100, 1150, 1200, 1250;/
  )
  refuses(t, POOLS, { frequency: 65_535 }, /frequency = 65535/)
  t.strictSame(bodyOn(POOLS, { frequency: 690 }, { options: { frequencyOptions: [600, 690] } }), { frequency: 690 })
})

t.test("a miner's present clocks are accepted even if its board does not offer them", async (t) => {
  const { body, unchanged } = planOn(LENIENT, { frequency: 800, coreVoltage: '1280' })
  t.strictSame({ body, unchanged }, { body: null, unchanged: ['frequency', 'coreVoltage'] })
})

t.test('overclocking is allowed up to the maximum of the board', async (t) => {
  const allowOverclock = true
  t.strictSame(bodyOn(NERDQAXE, { frequency: 800, coreVoltage: 1400 }, { allowOverclock }), {
    frequency: 800,
    coreVoltage: 1400
  })
  refuses(t, NERDQAXE, { frequency: 801 }, /frequency = 801 is not allowed: .*from 250 to 800 MHz/, { allowOverclock })
  refuses(t, NERDQAXE, { coreVoltage: 1401 }, /coreVoltage = 1401 .*to 1400 mV/, { allowOverclock })
  const device = { options: { absMaxFrequency: 650 }, allowOverclock }
  t.strictSame(bodyOn(POOLS, { frequency: 650 }, device), { frequency: 650 })
  refuses(t, POOLS, { frequency: 651 }, /to 650 MHz/, device)
})

t.test('a board without a maximum gets the one of its ASIC', async (t) => {
  const allowOverclock = true
  t.strictSame(bodyOn(POOLS, { frequency: 1000, coreVoltage: 1400 }, { allowOverclock }), {
    frequency: 1000,
    coreVoltage: 1400
  })
  refuses(t, POOLS, { frequency: 1001 }, /to 1000 MHz/, { allowOverclock })
  refuses(t, POOLS, { coreVoltage: 1401 }, /to 1400 mV/, { allowOverclock })
  for (const [ASICModel, frequency, coreVoltage] of [
    ['BM1397', 750, 1550],
    ['BM1366', 720, 1350],
    ['BM1368', 800, 1400],
    ['BM1372/BM1373', 510, 1300]
  ] as const) {
    const given = { info: { ASICModel, boardVersion: 'custom' }, allowOverclock }
    t.strictSame(bodyOn(POOLS, { frequency, coreVoltage }, given), { frequency, coreVoltage }, ASICModel)
    refuses(t, POOLS, { frequency: frequency + 1 }, /frequency/, given)
    refuses(t, POOLS, { coreVoltage: coreVoltage + 1 }, /coreVoltage/, given)
  }
})

t.test('half of the lowest option is the minimum', async (t) => {
  t.strictSame(bodyOn(POOLS, { frequency: 200, coreVoltage: 500 }, { allowOverclock: true }), {
    frequency: 200,
    coreVoltage: 500
  })
  refuses(t, POOLS, { frequency: 199 }, /from 200 to 1000 MHz/, { allowOverclock: true })
  refuses(t, POOLS, { coreVoltage: 499 }, /from 500 to 1400 mV/, { allowOverclock: true })
})

t.test('an unknown board needs allowOverclock, and has moderate limits', async (t) => {
  const info = { ASICModel: 'BM9999', boardVersion: 'mine' }
  refuses(t, POOLS, { frequency: 400 }, /no known options.*need allowOverclock/, { info })
  t.strictSame(bodyOn(POOLS, { frequency: 400, coreVoltage: 1150 }, { info, allowOverclock: true }), {
    frequency: 400,
    coreVoltage: 1150
  })
  refuses(t, POOLS, { frequency: 501 }, /from 150 to 500 MHz/, { info, allowOverclock: true })
  refuses(t, POOLS, { coreVoltage: 1201 }, /from 500 to 1200 mV/, { info, allowOverclock: true })
  refuses(t, POOLS, { frequency: 149 }, /from 150/, { info, allowOverclock: true })
})

t.test('a fractional frequency is accepted if the firmware accepts it', async (t) => {
  const given = { options: { frequencyOptions: [525.5, 600] } }
  t.strictSame(bodyOn(POOLS, { frequency: '525.5' }, given), { frequency: 525.5 })
  t.strictSame(bodyOn(STRICT, { frequency: 525.5 }, { ...given, info: { version: 'v2.13.0' } }), { frequency: 525.5 })
  for (const capture of [LENIENT, STRICT, NERDQAXE])
    refuses(t, capture, { frequency: 525.5 }, /frequency = 525.5 .*an integer/, given)
  for (const field of ['coreVoltage', 'stratumPort', 'temptarget', 'manualFanSpeed', 'statsFrequency']) {
    refuses(t, POOLS, { [field]: 40.5 }, new RegExp(`^${field} = 40.5 is not allowed: an integer from`))
  }
})

t.test('a value rounded to 32 bits equals the original', async (t) => {
  t.equal(bodyOn(POOLS, { frequency: 533.33 }, { info: { frequency: Math.fround(533.33) } }), null)
  t.equal(bodyOn(NERDQAXE, { pidI: 0.1 }, { info: { pidI: Math.fround(0.1) } }), null)
})

const outside: [string, Info, RegExp][] = [
  [POOLS, { manualFanSpeed: 101 }, /manualFanSpeed = 101 .* from 0 to 100/],
  [POOLS, { minFanSpeed: 100 }, /minFanSpeed = 100 .* 0 to 99/],
  [POOLS, { temptarget: 34 }, /temptarget = 34 .* 35 to 66/],
  [LENIENT, { temptarget: 67 }, /temptarget = 67/],
  [POOLS, { rotation: 45 }, /rotation = 45 .*one of 0, 90, 180, 270/],
  [POOLS, { displayTimeout: -2 }, /displayTimeout = -2 .* -1 to 65535/],
  [POOLS, { statsFrequency: 65_536 }, /statsFrequency = 65536/],
  [POOLS, { displayOffset: 256 }, /displayOffset = 256/],
  [POOLS, { hostname: 'a\u0000b' }, /without control characters/],
  [POOLS, { hostname: '' }, /hostname = {2}is not allowed: a text of 1 to 32 bytes/],
  [STRICT, { hostname: 'x'.repeat(33) }, /hostname/],
  [STRICT, { hostname: 'ü'.repeat(17) }, /hostname/],
  [STRICT, { ssid: '' }, /ssid/],
  [STRICT, { overheat_mode: 1 }, /overheat_mode = 1 .*only be cleared/],
  [STRICT, { stratumPort: 0 }, /stratumPort = 0 .* 1 to 65535/],
  [STRICT, { stratumPort: 65_536 }, /stratumPort = 65536/],
  [NERDQAXE, { stratumPort: '-1' }, /stratumPort = -1/],
  [STRICT, { stratumSuggestedDifficulty: 65_536 }, /stratumSuggestedDifficulty/],
  [POOLS, { stratumSuggestedDifficulty: 1e19 }, /stratumSuggestedDifficulty/],
  [POOLS, { stratumTLS: 3 }, /stratumTLS = 3 .* 0 to 2/],
  [POOLS, { stratumProtocol: 'SV3' }, /one of SV1, SV2/],
  [POOLS, { stratumUser: '' }, /stratumUser = {2}is not allowed/],
  [POOLS, { stratumURL: '' }, /stratumURL/],
  [LENIENT, { stratumURL: '' }, /stratumURL/],
  [POOLS, { primaryPoolIndex: 8 }, /primaryPoolIndex = 8 .* 0 to 7/],
  [POOLS, { primaryPoolIndex: 5 }, /primaryPoolIndex = 5 .*that the miner has/],
  [NERDQAXE, { autofanspeed: 4 }, /autofanspeed = 4 .* 0 to 3/],
  [NERDQAXE, { jobInterval: 0 }, /jobInterval = 0/],
  [NERDQAXE, { jobInterval: 65_536 }, /jobInterval/],
  [NERDQAXE, { overheat_temp: 200 }, /overheat_temp = 200 .* 40 to 100/],
  [NERDQAXE, { poolBalance: 101 }, /poolBalance/],
  [NERDQAXE, { vrFrequency: 2 ** 32 }, /vrFrequency/],
  [NERDQAXE, { pidP: -1 }, /pidP/],
  [NERDQAXE, { fans: [{ mode: 7 }] }, /fans\[0\]\.mode = 7 .* 0 to 3/]
]

t.test('a value out of range is refused with name, value and range', async (t) => {
  for (const [capture, wanted, message] of outside) refuses(t, capture, wanted, message)
})

t.test('a value of the wrong type is refused with its name', async (t) => {
  for (const capture of [LENIENT, STRICT, POOLS, NERDQAXE]) {
    for (const field of ['frequency', 'stratumPort', 'stratumUser', 'hostname', 'autofanspeed', 'stratumURL']) {
      refuses(t, capture, { [field]: null }, new RegExp(`^${field} = null is not allowed`))
      refuses(t, capture, { [field]: { value: 1 } }, new RegExp(`^${field} = an object is not allowed`))
      refuses(t, capture, { [field]: [1] }, new RegExp(`^${field} = a list is not allowed`))
    }
    for (const value of ['', 'abc', '0x10', '1e3', 'NaN', NaN, Infinity, true]) {
      refuses(t, capture, { stratumPort: value }, /^stratumPort = .*not allowed: an integer/)
    }
    refuses(t, capture, { autofanspeed: 'yes' }, /^autofanspeed = yes/)
    refuses(t, capture, { hostname: 42 }, /^hostname = 42 is not allowed: a text/)
    refuses(t, capture, { stratumPassword: 42 }, /^stratumPassword = \*{5} is not allowed: a text/)
  }
  refuses(t, POOLS, { pools: {} }, /^pools = an object is not allowed: a list/)
  refuses(t, POOLS, { pools: [3] }, /^pools/)
  refuses(t, POOLS, { pools: [{ id: 8 }] }, /^pools = an object .*an id from 0 to 7/)
})

t.test('P25 a port that is not a number is refused, and a numeric text is a number', async (t) => {
  for (const capture of [LENIENT, STRICT, POOLS, NERDQAXE]) {
    refuses(t, capture, { stratumPort: 'abc' }, /^stratumPort = abc is not allowed: an integer from 1 to 65535$/)
    t.equal(planOn(capture, { stratumPort: ' 3334 ' }).changes[0]?.to, 3334)
  }
})
