import t from 'tap'
import { Dispatcher } from 'undici'
import { commandSupport, type CommandName } from '../../../../plugins/axeos/commands/commands.ts'
import type { Identity } from '../../../../schemas/telemetry.ts'
import { simulate } from '../../../helper.ts'
import { httpDevice, startAxeos } from '../helper.ts'
import { LENIENT, STRICT, POOLS, identityOf, NERDQAXE, watch } from '../settings/helper.ts'

const NAMES = ['restart', 'identify', 'pause', 'resume'] as const

t.test('every firmware restarts, and its message is read', async (t) => {
  const fleet = await simulate(t, { devices: 11, restartDelayMs: 0 })
  const { axeos } = await startAxeos(t)
  const said = await Promise.all(
    fleet.miners.map(async (miner) => {
      const address = axeos.parseAddress(miner.address)
      const { identity } = await axeos.readInfo(address)
      const requests = miner.requests
      const { message } = await axeos.command(address, 'restart', identity)
      t.equal(miner.requests, requests + 1, miner.profile)
      return [miner.profile, message]
    })
  )
  const text = 'System will restart shortly.'
  t.same(
    Object.fromEntries(said),
    Object.fromEntries(fleet.miners.map(({ profile }) => [profile, profile.includes('v2.1.3') ? null : text]))
  )
})

t.test('a restart that ends the connection in any way is accepted', async (t) => {
  for (const how of ['end', 'resetAndDestroy', 'destroy'] as const) {
    const { axeos, address, device } = await watch(t, (socket) => socket[how]())
    t.same(await axeos.command(address, 'restart', identityOf(POOLS)), { message: null }, how)
    t.equal(device.requests(), 1)
  }
})

t.test('a restart without an answer is accepted only from firmware that never answers', async (t) => {
  const { axeos, address } = await watch(t, () => {})
  const options = { timeoutMs: 60 }
  t.same(await axeos.command(address, 'restart', identityOf('bitaxe-ultra-0.11-v2.1.3'), options), { message: null })
  await t.rejects(axeos.command(address, 'restart', identityOf(POOLS), options), { code: 'MINER_TIMEOUT' })
  await t.rejects(axeos.command(address, 'restart', identityOf('bitaxe-ultra-204-v2.1.8'), options), {
    code: 'MINER_TIMEOUT'
  })
})

t.test('a restart without a connection is not accepted', async (t) => {
  class Unconnected extends Dispatcher {
    override dispatch() {
      return true
    }
  }
  const { axeos } = await startAxeos(t, {}, { dispatcher: new Unconnected() })
  const restart = axeos.command(axeos.parseAddress('127.0.0.1:1'), 'restart', identityOf('bitaxe-ultra-0.11-v2.1.3'), {
    timeoutMs: 30
  })
  await t.rejects(restart, { code: 'MINER_TIMEOUT' })
})

t.test('a refused or cancelled restart is not accepted', async (t) => {
  const device = await httpDevice(t, (_request, response) => response.writeHead(401).end('Unauthorized'))
  const { axeos } = await startAxeos(t)
  const address = axeos.parseAddress(device.text)
  await t.rejects(axeos.command(address, 'restart', identityOf(POOLS)), { code: 'MINER_DENIED' })
  await t.rejects(axeos.command(address, 'restart', identityOf(POOLS), { signal: AbortSignal.abort() }), {
    code: 'POLL_ABORTED'
  })
})

t.test('a command is an empty POST, and any form of message comes back as text', async (t) => {
  const answers = [
    '{"message":"Mining paused"}',
    '{\n\t"message":\t"Hi!"\n}\n',
    'System will restart shortly.',
    '',
    '{"a":1}',
    '\u0000\u0007'
  ]
  const said: (string | null)[] = []
  for (const answer of answers) {
    const device = await httpDevice(t, (_request, response) => response.end(answer))
    const { axeos } = await startAxeos(t)
    said.push((await axeos.command(axeos.parseAddress(device.text), 'pause', identityOf(POOLS))).message)
    t.match(device.requests[0], { method: 'POST', url: '/api/system/pause', headers: { 'content-length': '0' } })
  }
  t.same(said, ['Mining paused', 'Hi!', 'System will restart shortly.', null, '{"a":1}', null])
})

t.test('the firmware determines which commands are supported', async (t) => {
  const has = (identity: Identity) => NAMES.filter((name) => commandSupport(identity, name).supported)
  t.same(has(identityOf(LENIENT)), ['restart'])
  t.same(has(identityOf(STRICT)), ['restart', 'identify'])
  t.same(has(identityOf(STRICT, { version: 'v2.13.9' })), ['restart', 'identify'])
  t.same(has(identityOf(STRICT, { version: 'v2.14.0' })), [...NAMES])
  t.same(has(identityOf(POOLS)), [...NAMES])
  t.same(has(identityOf(NERDQAXE)), ['restart'])
  for (const version of [null, 'garbage', '']) t.same(has(identityOf(POOLS, { version })), [...NAMES], String(version))
  t.same(commandSupport(identityOf(LENIENT), 'pause'), { supported: false, reason: 'ESP-Miner v2.14.0 added it' })
})

t.test('a command that the firmware lacks is not sent', async (t) => {
  const device = await httpDevice(t, (_request, response) => response.end())
  const { axeos } = await startAxeos(t)
  const send = (name: CommandName, capture: string) =>
    axeos.command(axeos.parseAddress(device.text), name, identityOf(capture))
  await t.rejects(send('pause', STRICT), {
    code: 'FIRMWARE_LACKS_COMMAND',
    statusCode: 409,
    message: 'The firmware v2.12.2 does not support pause: ESP-Miner v2.14.0 added it'
  })
  await t.rejects(send('identify', LENIENT), { code: 'FIRMWARE_LACKS_COMMAND', message: /v2\.12\.0/ })
  await t.rejects(send('identify', NERDQAXE), { code: 'FIRMWARE_LACKS_COMMAND', message: /NerdQAxe/ })
  t.equal(device.connections(), 0)
})

t.test('pause, resume and identify take effect', async (t) => {
  const [miner] = (await simulate(t, { devices: 1, profiles: [POOLS] })).miners
  if (!miner) throw new Error('no miner')
  const { axeos } = await startAxeos(t)
  const address = axeos.parseAddress(miner.address)
  const send = (name: CommandName) => axeos.command(address, name, identityOf(POOLS))
  t.same(await send('pause'), { message: 'Mining paused' })
  t.equal((await axeos.readInfo(address)).telemetry.paused, true)
  t.same(await send('resume'), { message: 'Mining resumed' })
  t.equal((await axeos.readInfo(address)).telemetry.paused, false)
  t.match(await send('identify'), { message: /Hi!/ })
})
