import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Static } from '@sinclair/typebox'
import { PresetUnknownError } from '../../src/errors.ts'
import { canonicalMac } from '../../src/mac.ts'
import { DeviceParamsSchema } from '../../schemas/imprint.ts'
import type { SettingsResult } from '../../schemas/settings.ts'
import { CommandAnswers, OtpHeadersSchema, SystemAnswers, SystemPatchSchema } from '../../schemas/system.ts'

const params = DeviceParamsSchema
const headers = OtpHeadersSchema

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { commands, devices, presets } = app

  const writing = { params, headers, body: SystemPatchSchema, response: SystemAnswers }
  app.patch('/:id/system', { schema: writing }, async ({ params: { id }, headers, body }) => {
    const mac = canonicalMac(id)
    devices.require(mac)
    const { info, presetUuid, allowOverclock = false } = body
    if (presetUuid && !presets.has(presetUuid)) throw new PresetUnknownError(presetUuid)
    const wanted = { settings: info ?? {}, ...(presetUuid && { presetUuid }) }
    const result = await commands.write(mac, wanted, { allowOverclock, otp: otpOf(headers) })
    if (presetUuid === null) await devices.edit(mac, { presetUuid })
    return { message: summarize(result), data: devices.require(mac), ...result }
  })

  const acting = { schema: { params, headers, response: CommandAnswers } }
  app.post('/:id/system/restart', acting, async ({ params: { id }, headers }) => {
    const mac = canonicalMac(id)
    devices.require(mac)
    await commands.restart(mac, otpOf(headers))
    return { message: 'The miner restarts', data: devices.require(mac) }
  })

  for (const action of ['identify', 'pause', 'resume'] as const) {
    app.post(`/:id/system/${action}`, acting, async ({ params: { id }, headers }) => {
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
