import { Type } from '@sinclair/typebox'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Envelope, ErrorSchema } from '../../../schemas/common.ts'
import { DeviceSchema } from '../../../schemas/device.ts'
import { DriftSchema } from '../../../schemas/settings.ts'

const params = Type.Object({ presetId: Type.String({ format: 'uuid' }) })
const response = { 200: Envelope(Type.Array(Type.Composite([DeviceSchema, DriftSchema]))), 400: ErrorSchema }

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { commands, devices } = app

  app.get('/:presetId', { schema: { params, response } }, async ({ params: { presetId } }) => {
    const users = devices.list((device) => device.presetUuid === presetId)
    const data = users.map((device) => ({ ...device, ...commands.driftOf(device.mac, presetId) }))
    return { message: 'Devices that use the preset', data }
  })
}

export default routes
