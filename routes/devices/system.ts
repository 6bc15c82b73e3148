import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Static } from '@sinclair/typebox'
import { PresetUnknownError } from '../../src/errors/presets.ts'
import { canonicalMac } from '../../src/mac.ts'
import { failures } from '../../schemas/common.ts'
import { DeviceParamsSchema } from '../../schemas/imprint.ts'
import type { SettingsResult } from '../../schemas/settings.ts'
import { CommandAnswer, OtpHeadersSchema, SystemAnswer, SystemPatchSchema } from '../../schemas/system.ts'

const params = DeviceParamsSchema
const headers = OtpHeadersSchema
const tags = ['commands']
const refusals = failures(403, 404, 409, 502, 504)

const actions = [
  {
    action: 'identify',
    summary: 'Let a miner show itself',
    description: 'Its display greets for 30 s. Since ESP-Miner v2.12.0.'
  },
  {
    action: 'pause',
    summary: 'Pause mining',
    description: 'Until it is resumed or restarted. Since ESP-Miner v2.14.0.'
  },
  { action: 'resume', summary: 'Resume mining', description: 'Since ESP-Miner v2.14.0.' }
] as const

/** What becomes of a request that asks nothing of the miner. */
const RELEASED = {
  message: 'The device is released from its preset',
  applied: [],
  unchanged: [],
  notApplied: [],
  restartRequired: false
}

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { commands, devices, presets } = app

  const writing = {
    operationId: 'changeSettings',
    summary: 'Change settings of a miner',
    description:
      'Takes a whole device as it was given, or a part: only writable keys of `info` that differ reach the miner, in the types that its firmware wants, and are read back. `presetUuid` applies a preset, null releases the device from it.',
    tags,
    params,
    headers,
    body: SystemPatchSchema,
    response: { 200: SystemAnswer, ...refusals }
  }
  app.patch('/:id/system', { schema: writing }, async ({ params: { id }, headers, body }) => {
    const mac = canonicalMac(id)
    devices.require(mac)
    const { info, presetUuid, allowOverclock = false } = body
    if (presetUuid && !presets.has(presetUuid)) throw new PresetUnknownError(presetUuid)
    if (presetUuid === null) await devices.edit(mac, { presetUuid })
    if (presetUuid === null && Object.keys(info ?? {}).length === 0) return { ...RELEASED, data: devices.require(mac) }
    const wanted = { settings: info ?? {}, ...(presetUuid && { presetUuid }) }
    const result = await commands.write(mac, wanted, { allowOverclock, otp: otpOf(headers) })
    return { message: summarize(result), data: devices.require(mac), ...result }
  })

  const acting = { tags, params, headers, response: { 200: CommandAnswer, ...refusals } }
  const restarting = {
    operationId: 'restartDevice',
    summary: 'Restart a miner',
    description:
      'Answers when the miner has accepted. Its state is `restarting` until it is seen to have started anew.',
    ...acting
  }
  app.post('/:id/system/restart', { schema: restarting }, async ({ params: { id }, headers }) => {
    const mac = canonicalMac(id)
    devices.require(mac)
    await commands.restart(mac, otpOf(headers))
    return { message: 'The miner restarts', data: devices.require(mac) }
  })

  for (const { action, ...words } of actions) {
    const schema = { operationId: `${action}Device`, ...words, ...acting }
    app.post(`/:id/system/${action}`, { schema }, async ({ params: { id }, headers }) => {
      const mac = canonicalMac(id)
      devices.require(mac)
      const { message } = await commands[action](mac, otpOf(headers))
      return { message: message ?? `The miner has accepted: ${action}`, data: devices.require(mac) }
    })
  }
}

function otpOf(headers: Static<typeof OtpHeadersSchema>) {
  const { 'x-totp': totp, 'x-otp-session': session } = headers
  return { ...(totp && { totp }), ...(session && { session }) }
}

/** What a person wants to know first: clients show it as it is. */
function summarize({ applied, notApplied, restartRequired }: SettingsResult): string {
  if (notApplied.length > 0) {
    return `The miner did not take over ${notApplied.map(({ field, reason }) => `${field} (${reason})`).join(', ')}`
  }
  if (applied.length === 0) return 'Nothing to change: the miner has these settings already'
  return restartRequired ? 'Settings applied: some of them after the next restart' : 'Settings applied'
}

export default routes
