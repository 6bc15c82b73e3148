import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import {
  PresetAnswers,
  PresetBodySchema,
  PresetParamsSchema,
  PresetPatchSchema,
  PresetsAnswers
} from '../../schemas/preset.ts'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { presets } = app
  const params = PresetParamsSchema

  app.get('/', { schema: { response: PresetsAnswers } }, async () => ({ message: 'Presets', data: presets.list() }))

  app.get('/:id', { schema: { params, response: PresetAnswers } }, async ({ params: { id } }) => ({
    message: 'Preset',
    data: presets.require(id)
  }))

  app.post('/', { schema: { body: PresetBodySchema, response: PresetAnswers } }, async ({ body }) => ({
    message: 'Preset created',
    data: await presets.create(body)
  }))

  const changing = { params, body: PresetPatchSchema, response: PresetAnswers }
  app.patch('/:id', { schema: changing }, async ({ params: { id }, body }) => ({
    message: 'Preset changed',
    data: await presets.change(id, body)
  }))

  app.delete('/:id', { schema: { params, response: PresetAnswers } }, async ({ params: { id } }) => ({
    message: 'Preset deleted, its devices released',
    data: await presets.remove(id)
  }))
}

export default routes
