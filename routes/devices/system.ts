import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { PresetUnknownError } from '../../src/errors/presets.ts'
import { canonicalMac } from '../../src/mac.ts'
import { failures } from '../../schemas/common.ts'
import { DeviceParamsSchema } from '../../schemas/imprint.ts'
import type { SettingsResult } from '../../schemas/settings.ts'
import { CommandAnswer, otpOf, OtpHeadersSchema, SystemAnswer, SystemPatchSchema } from '../../schemas/system.ts'

const params = DeviceParamsSchema
const headers = OtpHeadersSchema
const tags = ['commands']
const refusals = failures(403, 404, 409, 502, 504)

const actions = [
  {
    action: 'identify',
    summary: 'Identify a miner',
    description: 'Shows a greeting on its display for 30 s. Requires ESP-Miner v2.12.0 or later.'
  },
  {
    action: 'pause',
    summary: 'Pause mining',
    description: 'Mining stops until it is resumed or the miner restarts. Requires ESP-Miner v2.14.0 or later.'
  },
  { action: 'resume', summary: 'Resume mining', description: 'Requires ESP-Miner v2.14.0 or later.' }
] as const

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { commands, devices, presets } = app

  const writing = {
    operationId: 'changeSettings',
    summary: 'Change the settings of a miner',
    description:
      'Accepts a whole device or a part of one. Only writable keys of `info` that differ are sent to the miner, in the types its firmware expects, and then read back. `presetUuid` applies a preset; null releases the device from its preset.',
    tags,
    params,
    headers,
    body: SystemPatchSchema,
    response: { 200: SystemAnswer, ...refusals }
  }
  app.patch('/:id/system', { schema: writing }, async ({ params: { id }, headers, body }) => {
    const mac = canonicalMac(id)
    devices.require(mac)
    const { info = {}, presetUuid, allowOverclock = false } = body
    if (presetUuid && !presets.has(presetUuid)) throw new PresetUnknownError(presetUuid)
    const request = { settings: info, ...(presetUuid !== undefined && { presetUuid }) }
    const result = await commands.write(mac, request, { allowOverclock, otp: otpOf(headers) })
    return { message: summarize(result, presetUuid === null), data: devices.require(mac), ...result }
  })

  const acting = { tags, params, headers, response: { 200: CommandAnswer, ...refusals } }
  const restarting = {
    operationId: 'restartDevice',
    summary: 'Restart a miner',
    description:
      'Answers once the miner has accepted. The state of the device is `restarting` until a reading shows that the miner has restarted.',
    ...acting
  }
  app.post('/:id/system/restart', { schema: restarting }, async ({ params: { id }, headers }) => {
    const mac = canonicalMac(id)
    devices.require(mac)
    await commands.restart(mac, otpOf(headers))
    return { message: 'The miner is restarting', data: devices.require(mac) }
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

/** The result in one sentence, which clients show to their user. */
function summarize(result: SettingsResult, isRelease: boolean): string {
  const { applied, notApplied, restartRequired, unchanged } = result
  if (notApplied.length > 0) {
    return `The miner did not apply ${notApplied.map(({ field, reason }) => `${field} (${reason})`).join(', ')}`
  }
  if (applied.length > 0) {
    return restartRequired ? 'Settings applied; some take effect at the next restart' : 'Settings applied'
  }
  if (isRelease && unchanged.length === 0) return 'The device is released from its preset'
  return 'Nothing to change: the miner already has these settings'
}

export default routes
