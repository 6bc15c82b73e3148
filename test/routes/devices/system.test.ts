import t from 'tap'
import type { Device } from '../../../schemas/device.ts'
import type { SettingsResult } from '../../../schemas/settings.ts'
import { profiles } from '../../../src/simulator/miner/profiles.ts'
import { build, reach, simulate, until, watchFleet } from '../../helper.ts'

// Each of these waits more than it works.
t.jobs = 4

type Answer = SettingsResult & { message: string; data: Device; code?: string }

const pool = {
  stratumURL: 'solo.example',
  stratumPort: 4444,
  stratumUser: '{hostname}.{mac}',
  stratumPassword: 'x1',
  frequency: 525
}

/** A watched fleet, and a way to change the settings of its first miner. */
async function oneOf(t: Parameters<typeof watchFleet>[0], profile: string, overrides = {}) {
  const { app, fleet } = await watchFleet(t, { devices: 1, profiles: [profile], hostnames: ['rig 7'], ...overrides })
  const [miner] = fleet.miners
  if (!miner) throw new Error('no miner')
  const patch = async (payload: object, headers = {}) => {
    const answer = await app.inject({ method: 'PATCH', url: `/devices/${miner.mac}/system`, payload, headers })
    return { status: answer.statusCode, ...answer.json<Answer>() }
  }
  const post = async (action: string, headers = {}) => {
    const answer = await app.inject({ method: 'POST', url: `/devices/${miner.mac}/system/${action}`, headers })
    return { status: answer.statusCode, ...answer.json<Answer>() }
  }
  return { app, fleet, miner, patch, post }
}

t.test('P26 a client that sends a whole device back writes nothing to the miner, on any firmware', async (t) => {
  const withMac = profiles.filter((name) => !/v2\.1\.[38]/.test(name))
  const { app, fleet } = await watchFleet(t, { devices: withMac.length, profiles: withMac })
  for (const { mac } of fleet.miners) {
    const device = app.devices.require(mac)
    const answer = await app.inject({ method: 'PATCH', url: `/devices/${mac}/system`, payload: { ...device } })
    t.equal(answer.statusCode, 200, fleet.miner(mac).profile)
    t.match(answer.json(), { applied: { length: 0 }, notApplied: { length: 0 } }, fleet.miner(mac).profile)
  }
  t.same(
    fleet.miners.flatMap((miner) => miner.writes),
    []
  )
})

t.test('of a whole device only the one changed field reaches the miner, and it is read back', async (t) => {
  for (const profile of ['v2.9.0', 'v2.12.2', 'v2.15.3', 'LTS']) {
    const { app, miner, patch } = await oneOf(t, profile)
    const device = app.devices.require(miner.mac)
    const { frequency, frequencyOptions } = device.info as { frequency: number; frequencyOptions: { value: number }[] }
    const to = frequencyOptions.find(({ value }) => value !== frequency)?.value
    const answer = await patch({ ...device, info: { ...(device.info as object), frequency: to } })
    t.match(answer, { status: 200, applied: [{ field: 'frequency', from: frequency, to }] }, profile)
    t.same(
      miner.writes.map((write) => JSON.parse(write.body)),
      [{ frequency: to }],
      profile
    )
    t.equal((answer.data.info as { frequency: number }).frequency, to, profile)
  }
})

t.test('a value outside of the limits is a 400 that names it and what is allowed, and nothing is sent', async (t) => {
  const { miner, patch } = await oneOf(t, 'v2.12.2')
  const answer = await patch({ info: { frequency: 9000 } })
  t.match(answer, { status: 400, code: 'SETTING_NOT_ALLOWED', message: /frequency.*9000.*625/ })
  t.match(await patch({ info: { frequency: 9000 }, allowOverclock: true }), { status: 400 })
  t.match(await patch({ info: { stratumPort: 'abc' } }), { status: 400, message: /stratumPort/ })
  t.equal(miner.writes.length, 0)
  t.match(await patch({ info: { frequency: 650 }, allowOverclock: true }), { status: 200, applied: [{ to: 650 }] })
})

t.test('P32 a miner that accepts a write and does nothing is reported as such', async (t) => {
  const { miner, patch } = await oneOf(t, 'v2.12.2')
  miner.fault('ignoreWrites')
  const answer = await patch({ info: { frequency: 525 } })
  t.match(answer, { status: 200, applied: { length: 0 }, notApplied: [{ field: 'frequency', reason: String }] })
  t.match(answer.message, /did not apply frequency/)
})

t.test('P22 no command is sent to an address where another miner answers', async (t) => {
  const { app, fleet } = await watchFleet(t, { devices: 2 }, { POLL_INTERVAL_MS: 60_000, AUTO_LISTEN: false })
  const [a, b] = fleet.miners.map((miner) => miner.mac) as [string, string]
  fleet.swap(a, b)
  for (const [method, path] of [
    ['PATCH', 'system'],
    ['POST', 'system/restart']
  ] as const) {
    const payload = method === 'PATCH' ? { info: { frequency: 490 } } : undefined
    const answer = await app.inject({ method, url: `/devices/${a}/${path}`, ...(payload && { payload }) })
    t.equal(answer.statusCode, 502)
    t.match(answer.json(), { code: 'MINER_MISMATCH', message: new RegExp(`${b} instead of ${a}`) })
  }
  t.same(
    fleet.miners.flatMap((miner) => miner.writes),
    []
  )
  t.ok(fleet.miners.every((miner) => Number(miner.info().uptimeSeconds) > 60))
})

t.test('P22 no command is sent to a miner that nothing identifies', async (t) => {
  const fleet = await simulate(t, { devices: 1, profiles: ['v2.1.8'] })
  const [miner] = fleet.miners
  if (!miner) throw new Error('no miner')
  const app = await build(t, { ...reach(fleet), AUTO_LISTEN: false })
  await app.discovery.discover({ ip: miner.address, mac: miner.mac })
  await app.devices.imprint([miner.mac])
  const url = `/devices/${miner.mac}/system`
  const answer = await app.inject({ method: 'PATCH', url, payload: { info: { frequency: 490 } } })
  t.match([answer.statusCode, answer.json()], [409, { code: 'PLUTO_IDENTITY_UNCONFIRMED' }])
  t.same(miner.writes, [])
})

t.test('P26 an unknown device, a silent miner and a refusing one are told apart by our own status', async (t) => {
  const { app, miner, patch, post } = await oneOf(t, 'v2.12.2')
  const unknown = await app.inject({ method: 'PATCH', url: '/devices/02:00:00:00:00:01/system', payload: { info: {} } })
  t.equal(unknown.statusCode, 404)
  miner.fault('refuseWrites', { status: 500 })
  t.match(await patch({ info: { frequency: 525 } }), { status: 502, code: 'MINER_REJECTED' })
  miner.clearFaults()
  miner.fault('hang')
  t.match(await post('restart'), { status: 504, code: 'MINER_TIMEOUT' })
  t.match(await patch({ info: { frequency: 525 }, presetUuid: '01890a5d-ac96-774b-bcce-b302099a8057' }), {
    status: 400,
    code: 'PRESET_UNKNOWN'
  })
})

t.test('P25 a preset is applied whole, with its template filled in and its password, and remembered', async (t) => {
  for (const profile of ['v2.9.0', 'v2.12.2', 'v2.15.3', 'LTS']) {
    const { app, miner, patch } = await oneOf(t, profile)
    const { uuid } = await app.presets.create({ name: 'solo', configuration: pool })
    const answer = await patch({ presetUuid: uuid })
    t.match(answer, { status: 200, data: { presetUuid: uuid }, notApplied: { length: 0 } }, profile)
    const digits = miner.mac.replaceAll(':', '')
    t.match(miner.info(), { stratumURL: 'solo.example', stratumPort: 4444, stratumUser: `rig-7.${digits}` }, profile)
    t.ok(Object.values(miner.secrets()).includes('x1'), profile)
    t.notMatch(JSON.stringify(answer), 'x1"')
    const again = await patch({ presetUuid: uuid })
    t.match(again, { status: 200, applied: { length: 0 } }, profile)
    t.equal(miner.writes.length, 1, 'nothing is written twice')

    const behindOurBack = { method: 'PATCH', body: JSON.stringify({ frequency: 550 }) }
    await fetch(`http://${miner.address}/api/system`, behindOurBack)
    await until('the drift is seen', async () => {
      const { data } = (await app.inject(`/devices/presets/${uuid}`)).json()
      return data[0].matches === false && data[0].drift[0].field === 'frequency' && data[0].drift[0].to === 525
    })
    t.match(await patch({ presetUuid: null }), { data: { presetUuid: null } })
  }
})

t.test('a password reaches the miner again whenever it may have another one', async (t) => {
  const { app, miner, patch } = await oneOf(t, 'v2.12.2')
  const create = (name: string, stratumPassword: string) =>
    app.presets.create({ name, configuration: { ...pool, stratumPassword } })
  const [first, second] = [await create('first', 'x1'), await create('second', 'x2')]
  const has = (password: string) => Object.values(miner.secrets()).includes(password)
  const apply = ({ uuid }: { uuid: string }) => patch({ presetUuid: uuid })

  await apply(first)
  await app.devices.edit(miner.mac, { presetUuid: second.uuid })
  await apply(second)
  t.ok(has('x2'), 'the user named the preset on the device before it was applied')

  await patch({ info: { stratumPassword: 'own' } })
  t.ok(has('own'))
  await apply(second)
  t.ok(has('x2'), 'the user gave the miner another password')

  miner.fault('slow', { ms: 300 })
  const before = miner.writes.length
  const applying = patch({ presetUuid: first.uuid })
  await until('the miner was written to, and is about to be read', () => miner.writes.length > before)
  await app.presets.change(first.uuid, { configuration: { stratumPassword: 'x3' } })
  await applying
  miner.clearFaults()
  await apply(first)
  t.ok(has('x3'), 'the preset was changed while it was applied')
  const { length } = miner.writes
  t.match(await apply(first), { applied: { length: 0 } })
  t.equal(miner.writes.length, length)
})

t.test('a device is released from its preset without a request to the miner', async (t) => {
  const { app, miner, patch } = await oneOf(t, 'v2.12.2')
  const { uuid } = await app.presets.create({ name: 'solo', configuration: pool })
  await app.devices.edit(miner.mac, { presetUuid: uuid })
  await app.deviceHub.watchOnly(new Set())
  const { requests } = miner
  t.match(await patch({ presetUuid: null }), {
    status: 200,
    message: /released/,
    data: { presetUuid: null },
    applied: { length: 0 },
    restartRequired: false
  })
  t.equal(miner.requests, requests)
  await app.devices.edit(miner.mac, { presetUuid: uuid })
  const answer = await patch({ presetUuid: null, info: { frequency: 525 } })
  t.match(answer, { status: 200, data: { presetUuid: null }, applied: [{ field: 'frequency' }] })
})

t.test('a restart shows as restarting instead of an error, until the miner is seen to have restarted', async (t) => {
  for (const profile of ['v2.9.0', 'v2.12.2', 'v2.15.3', 'LTS']) {
    const { app, miner, post } = await oneOf(t, profile, { bootTimeMs: 1500 })
    const failed: string[] = []
    app.bus.on('device.failed', ({ error }) => failed.push(error.message))
    const states: string[] = []
    app.bus.on('device.state', ({ to }) => states.push(to))
    t.match(await post('restart'), { status: 200, data: { state: 'restarting' } }, profile)
    await until('the miner is back', () => app.devices.require(miner.mac).state === 'online')
    t.same(states, ['restarting', 'online'], profile)
    t.same(failed, [], profile)
    t.ok(Number(miner.info().uptimeSeconds) < 60, profile)
  }
})

t.test('a miner that does not come back from a restart is offline after the grace period', async (t) => {
  const { app, fleet } = await watchFleet(t, { devices: 1, bootTimeMs: 600_000 }, { RESTART_GRACE_MS: 1000 })
  const [mac = ''] = fleet.miners.map((miner) => miner.mac)
  const { confirmed } = await app.commands.restart(mac)
  t.equal(app.devices.require(mac).state, 'restarting')
  t.equal(await confirmed, false)
  await until('it is offline', () => app.devices.require(mac).state === 'offline')
})

t.test('a command that the firmware lacks is a 409 that names the version that has it', async (t) => {
  const old = await oneOf(t, 'v2.9.0')
  t.match(await old.post('identify'), { status: 409, code: 'FIRMWARE_LACKS_COMMAND', message: /v2\.9\.0.*v2\.12\.0/ })
  t.match(await old.post('pause'), { status: 409, message: /v2\.14\.0/ })
  const recent = await oneOf(t, 'v2.15.3')
  t.match(await recent.post('identify'), { status: 200 })
  t.match(await recent.post('pause'), { status: 200 })
  await until('it is paused', () => recent.app.deviceHub.get(recent.miner.mac)?.reading?.telemetry.paused === true)
  t.match(await recent.post('resume'), { status: 200 })
})

t.test('a one-time password is passed on when it is given, and asked for when it is not', async (t) => {
  const { miner, patch } = await oneOf(t, 'LTS', { otpCode: '123456' })
  t.match(await patch({ info: { hostname: 'new' } }), { status: 403, code: 'MINER_OTP_REQUIRED', message: /X-TOTP/ })
  t.match(await patch({ info: { hostname: 'new' } }, { 'x-totp': '123456' }), { status: 200, applied: [{ to: 'new' }] })
  t.equal(miner.hostname, 'new')
})
