import t from 'tap'
import { LENIENT, STRICT, bodyOn, POOLS, NERDQAXE, OLD_NERDQAXE, planOn, refuses, type Info } from './helper.ts'

t.test('neither errors nor plans contain a secret', async (t) => {
  const secret = 'hunter2'.repeat(100)
  for (const field of ['stratumPassword', 'fallbackStratumPassword', 'wifiPass', 'wifiPassword']) {
    for (const capture of [LENIENT, STRICT, POOLS, NERDQAXE]) {
      const { changes } = planOn(capture, { [field]: 'hunter2' })
      t.strictSame(changes, [{ field }], `${capture} ${field}`)
    }
    for (const value of [secret.repeat(10), { a: secret }, [secret]]) {
      try {
        planOn(POOLS, { [field]: value })
      } catch (error) {
        t.notMatch(String(error), /hunter2/)
      }
    }
  }
  t.throws(() => planOn(POOLS, { stratumURL: 'stratum+tcp://me:hunter2@pool.test:3333' }), {
    message: /= stratum\+tcp:\/\/\*{5}@pool\.test:3333 is/
  })
  t.throws(() => planOn(POOLS, { stratumURL: 'me:hunter2@pool.test' }), { message: /= \*{5}@pool\.test is/ })
})

t.test('a password of asterisks keeps the present one', async (t) => {
  for (const capture of [LENIENT, STRICT, POOLS, NERDQAXE]) {
    const wanted = { stratumPassword: '*****', fallbackStratumPassword: '*****', wifiPass: '*****' }
    const { body, changes } = planOn(capture, wanted)
    t.strictSame({ body, changes }, { body: null, changes: [] }, capture)
  }
})

t.test('the Wi-Fi password may be empty if the firmware accepts that', async (t) => {
  t.strictSame(bodyOn(STRICT, { wifiPass: '' }), { wifiPass: '' })
  refuses(
    t,
    'bitaxe-gamma-601-v2.11.0b6',
    { wifiPass: '' },
    /^wifiPass = \*{5} is not allowed: a text of 1 to 63 bytes/
  )
})

t.test('a plan requires a restart where the firmware does, and never for the clocks', async (t) => {
  const restart = (capture: string, wanted: Info, info?: Info) =>
    planOn(capture, wanted, info && { info }).restartRequired
  for (const capture of [LENIENT, STRICT, POOLS]) {
    t.equal(restart(capture, { frequency: 550, coreVoltage: 1150, temptarget: 50, statsFrequency: 5 }), false)
    t.equal(restart(capture, { stratumUser: 'x' }), true)
    t.equal(restart(capture, { ssid: 'x' }), true)
    t.equal(restart(capture, { invertscreen: true, frequency: 550 }), true)
  }
  t.equal(restart(NERDQAXE, { stratumUser: 'x', hostname: 'y', frequency: 575 }), false)
  t.equal(restart(STRICT, { hostname: 'x' }), true)
  t.equal(restart(STRICT, { hostname: 'x' }, { version: 'v2.14.0' }), false)
  t.equal(restart(POOLS, { hostname: 'x' }), false)
})

t.test('a fan speed is refused when the firmware would discard it', async (t) => {
  for (const capture of [LENIENT, OLD_NERDQAXE]) {
    const { body, refused } = planOn(capture, { manualFanSpeed: 50 }, { info: { autofanspeed: 1 } })
    t.equal(body, null)
    t.match(refused, [{ field: 'manualFanSpeed', reason: /only while autofanspeed is 0/ }])
    t.strictSame(planOn(capture, { autofanspeed: 1, manualFanSpeed: 50 }, { info: { autofanspeed: 1 } }).refused, [])
  }
  t.strictSame(bodyOn(STRICT, { autofanspeed: 1, manualFanSpeed: 50 }), { manualFanSpeed: 50 })
})

t.test('with both names of the fan speed, the one that is always a setting counts', async (t) => {
  t.strictSame(bodyOn(STRICT, { fanspeed: 63.2, manualFanSpeed: 50 }), { manualFanSpeed: 50 })
  const { body, changes } = planOn(LENIENT, { manualFanSpeed: 50, fanspeed: 63 }, { info: { autofanspeed: 0 } })
  t.strictSame({ body, changes }, { body: { fanspeed: 50 }, changes: [{ field: 'manualFanSpeed', from: 78, to: 50 }] })
})

t.test('a host name is compared without the suffix that newer firmware removes', async (t) => {
  t.strictSame(bodyOn(POOLS, { hostname: 'example-miner.local' }), null)
  t.strictSame(bodyOn(POOLS, { hostname: 'other.local' }), { hostname: 'other' })
  t.strictSame(bodyOn(STRICT, { hostname: 'other.local' }), { hostname: 'other.local' })
})

t.test('a fan mode of another firmware is converted', async (t) => {
  t.strictSame(bodyOn(STRICT, { autofanspeed: 2 }, { info: { autofanspeed: 0 } }), { autofanspeed: 1 })
  t.equal(bodyOn(STRICT, { autofanspeed: 2 }), null)
  t.equal(bodyOn(NERDQAXE, { autofanspeed: true }), null)
  t.strictSame(bodyOn(NERDQAXE, { autofanspeed: false }), { autofanspeed: 0 })
  t.equal(bodyOn(POOLS, { stratumTLS: true }, { info: poolsWithTls(2) }), null)
})

function poolsWithTls(stratumTLS: number): Info {
  const pool = { stratumURL: 'pool.test', stratumPort: 3333, stratumUser: 'x' }
  return {
    pools: [
      { ...pool, id: 0, stratumTLS },
      { ...pool, id: 1, stratumTLS }
    ]
  }
}

t.test('firmware that crashes on writes is never written to', async (t) => {
  const old = (version: string, wanted: Info) => planOn('bitaxe-ultra-0.11-v2.1.3', wanted, { info: { version } })
  for (const version of ['v2.0.0', 'v2.0.3']) {
    t.throws(() => old(version, { frequency: 550 }), { code: 'FIRMWARE_UNSAFE_TO_WRITE', statusCode: 409 })
    t.equal(old(version, {}).body, null)
  }
  for (const version of ['v1.0.12', 'v2.0.4', 'v2.1.3', 'garbage', ''])
    t.strictSame(old(version, { frequency: 550 }).body, { frequency: 550 })
})

t.test('keys that JavaScript objects inherit are not settings', async (t) => {
  for (const capture of [LENIENT, STRICT, POOLS, NERDQAXE]) {
    const wanted = JSON.parse('{"__proto__":{"frequency":1},"constructor":1,"toString":2,"frequency":550}')
    t.strictSame(Object.keys(bodyOn(capture, wanted) ?? {}), ['frequency'], capture)
  }
})

t.test('a setting that the firmware reports but cannot set is refused only if a client changes it', async (t) => {
  const { refused } = planOn(NERDQAXE, { stratumProtocol: 'SV2', temp: 3, stratum_keep: 0 })
  t.match(refused, [{ field: 'stratumProtocol', reason: /cannot set it/ }])
  t.equal(refused.length, 1)
  t.strictSame(planOn(STRICT, { stratumTLS: false }).refused, [], 'it has no TLS anyway')
})
