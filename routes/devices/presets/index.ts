import { Type } from '@sinclair/typebox'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { DevicesAnswers } from '../../../schemas/imprint.ts'

const PresetParamsSchema = Type.Object({ presetId: Type.String({ format: 'uuid' }) })

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { devices } = app

  app.get('/:presetId', { schema: { params: PresetParamsSchema, response: DevicesAnswers } }, async ({ params }) => ({
    message: 'Devices that use the preset',
    data: devices.list((device) => device.presetUuid === params.presetId)
  }))
}

export default routes
