import t from 'tap'
import { ask, infoOf, minerOf, patch } from './helper.ts'

t.test('lenient firmware stores 0 for a number sent as text and 1 for true', async (t) => {
  const miner = await minerOf(t, 'v2.10.1')
  t.equal(await patch(miner, { stratumPort: '3333', statsFrequency: true, temptarget: 9999, nonsense: 1 }), 200)
  t.match(await infoOf(miner), { stratumPort: 0, statsFrequency: 1, temptarget: 9999 })
  t.notOk('nonsense' in (await infoOf(miner)))
  t.strictSame(miner.writes[0]?.applied, { stratumPort: 0, statsFrequency: 1, temptarget: 9999 })
})

t.test(
  'lenient firmware ignores a frequency that is not above 0, and clears the overheat flag for any value',
  async (t) => {
    const miner = await minerOf(t, 'v2.9.0')
    t.equal(await patch(miner, { frequency: 0, coreVoltage: '1200', overheat_mode: 1, stratumUser: 7 }), 200)
    t.match(await infoOf(miner), { frequency: 800, coreVoltage: 1190, overheat_mode: 0, stratumUser: /^bc1q/ })
  }
)

t.test('firmware before v2.6 crashes and reboots when the value of a text key is not a string', async (t) => {
  const miner = await minerOf(t, 'v2.1.8', { bootTimeMs: 10 })
  await t.rejects(patch(miner, { stratumURL: null }))
  t.ok(Number(miner.info()['uptimeSeconds']) < 60)
})

t.test('the answer to a PATCH is empty, chunked and typed as HTML', async (t) => {
  const answer = await ask(await minerOf(t, 'v2.12.2'), 'PATCH', '/api/system', { body: { frequency: 550 } })
  t.match(answer, { status: 200, text: '', headers: { 'transfer-encoding': 'chunked', 'content-type': 'text/html' } })
})

t.test('strict firmware saves nothing when one value is wrong, and names no field', async (t) => {
  const miner = await minerOf(t, 'v2.12.2')
  const wrong = [
    ...[{ stratumPort: '3333' }, { frequency: 0 }, { temptarget: 20 }, { overheat_mode: 1 }, { hostname: '' }],
    ...[{ rotation: 45 }, { display: 'TV' }, { autofanspeed: 2 }, { manualFanSpeed: null }, { stratumUser: 5 }]
  ]
  for (const body of wrong) {
    const answer = await ask(miner, 'PATCH', '/api/system', { body: { frequency: 500, ...body } })
    t.match(answer, { status: 400, text: 'Wrong API input' }, JSON.stringify(body))
  }
  t.match(await infoOf(miner), { frequency: 625, stratumPort: 21_496 })
  t.equal(miner.writes.length, wrong.length)
  t.ok(miner.writes.every(({ status, applied }) => status === 400 && Object.keys(applied).length === 0))
})

t.test(
  'strict firmware takes keys in any case, cuts fractions, ignores unknown keys and takes flags as booleans',
  async (t) => {
    const miner = await minerOf(t, 'v2.12.2')
    t.equal(
      await patch(miner, {
        FREQUENCY: 525.5,
        coreVoltage: 1199.9,
        AutoFanSpeed: false,
        manualfanspeed: 42,
        fanspeed: 3,
        foo: []
      }),
      200
    )
    const info = await infoOf(miner)
    t.match(info, { frequency: 525.5, coreVoltage: 1199, autofanspeed: 0, manualFanSpeed: 42, fanspeed: 42 })
  }
)

t.test('invalid JSON is refused since v2.4, and so is a chunked body', async (t) => {
  const [old, strict] = [await minerOf(t, 'v2.1.8'), await minerOf(t, 'v2.12.2')]
  t.match(await ask(old, 'PATCH', '/api/system', { body: '{' }), { status: 200, text: '' })
  t.match(await ask(strict, 'PATCH', '/api/system', { body: '{' }), { status: 400, text: 'Invalid JSON' })
  const chunked = { method: 'PATCH', duplex: 'half', body: new Blob(['{"frequency":500}']).stream() } as const
  const answer = await fetch(`http://${strict.address}/api/system`, chunked)
  t.match({ status: answer.status, text: await answer.text() }, { status: 400, text: 'Invalid JSON' })
  t.equal((await infoOf(strict))['frequency'], 625)
})

t.test('a body of 10 KB or more is too long', async (t) => {
  const miner = await minerOf(t, 'v2.12.2')
  t.match(await ask(miner, 'PATCH', '/api/system', { body: ' '.repeat(10_240) }), {
    status: 500,
    text: 'content too long'
  })
})

t.test('passwords are stored, never shown, and readable by tests', async (t) => {
  const miner = await minerOf(t, 'v2.12.2')
  t.equal(await patch(miner, { stratumPassword: 'planted-1', wifiPass: 'planted-2', stratumURL: 'pool.example' }), 200)
  t.match(miner.secrets(), { stratumPassword: 'planted-1', wifiPass: 'planted-2' })
  t.notMatch(JSON.stringify(await infoOf(miner)), /planted/)
})

t.test('old firmware shows its Wi-Fi password with leakWifiPass', async (t) => {
  const leaking = await minerOf(t, 'v2.1.3', { leakWifiPass: true })
  t.equal((await infoOf(leaking))['wifiPass'], leaking.secrets()['wifiPass'])
  t.notOk('wifiPass' in (await infoOf(await minerOf(t, 'v2.1.3'))))
})

t.test('since v2.15 a new host name is answered with JSON and loses its .local', async (t) => {
  const miner = await minerOf(t, 'v2.15.3')
  const answer = await ask(miner, 'PATCH', '/api/system', { body: { hostname: 'axe-7.local' } })
  t.match(JSON.parse(answer.text), { status: 'success', redirect: { url: 'http://axe-7.local', delay: 2000 } })
  t.match(await infoOf(miner), { hostname: 'axe-7', fullHostname: 'axe-7.local' })
  t.equal(miner.hostname, 'axe-7')
})

t.test('NerdQAxe silently skips a value of the wrong type', async (t) => {
  const miner = await minerOf(t, 'V1.0.37')
  const body = {
    ...{
      frequency: 525.5,
      coreVoltage: 0,
      stratumPort: '1',
      jobInterval: 70_000,
      autofanspeed: 9,
      stratumTLS: 0,
      flipscreen: 1
    },
    ...{ overheat_temp: 80, pidP: 5.5, invertscreen: true, stratumEnonceSubscribe: true, manualFanSpeed: 50 }
  }
  t.equal(await patch(miner, body), 200)
  const skipped = {
    frequency: 600,
    coreVoltage: 1150,
    stratumPort: 4333,
    jobInterval: 500,
    autofanspeed: 2,
    stratumTLS: true,
    flipscreen: 0
  }
  const taken = { overheat_temp: 80, pidP: 5.5, invertscreen: 1, stratumEnonceSubscribe: true, manualFanSpeed: 50 }
  t.match(await infoOf(miner), { ...skipped, ...taken })
  t.strictSame(Object.keys(miner.writes[0]?.applied ?? {}).sort(), Object.keys(taken).sort())
})

t.test(
  'NerdQAxe with one-time passwords requires a code or a session for PATCH, and blocks after five wrong codes',
  async (t) => {
    const miner = await minerOf(t, 'V1.0.37', { otpCode: '123456' })
    const send = (headers: Record<string, string>) =>
      ask(miner, 'PATCH', '/api/system', { body: { frequency: 575 }, headers })
    t.equal((await infoOf(miner))['otp'], true)
    t.match(await send({}), { status: 401, text: 'OTP/Session required' })
    t.equal((await send({ 'X-TOTP': '123456' })).status, 200)
    const session = JSON.parse((await ask(miner, 'POST', '/api/otp/session', { headers: { 'X-TOTP': '123456' } })).text)
    t.equal((await send({ 'X-OTP-Session': session.token })).status, 200)
    for (let i = 0; i < 5; i++) t.equal((await send({ 'X-TOTP': '000000' })).status, 401)
    t.equal((await send({ 'X-TOTP': '123456' })).status, 401)
  }
)
