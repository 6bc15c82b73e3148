import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { failures } from '../../schemas/common.ts'
import {
  PresetAnswer,
  PresetBodySchema,
  PresetParamsSchema,
  PresetPatchSchema,
  PresetsAnswer
} from '../../schemas/preset.ts'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { presets } = app
  const params = PresetParamsSchema
  const tags = ['presets']

  const listing = { operationId: 'listPresets', summary: 'List the presets', tags, response: { 200: PresetsAnswer } }
  app.get('/', { schema: listing }, async () => ({ message: 'Presets', data: presets.list() }))

  const reading = {
    operationId: 'getPreset',
    summary: 'Show a preset',
    tags,
    params,
    response: { 200: PresetAnswer, ...failures(404) }
  }
  app.get('/:id', { schema: reading }, async ({ params: { id } }) => ({
    message: 'Preset',
    data: presets.require(id)
  }))

  const creating = {
    operationId: 'createPreset',
    summary: 'Make a preset',
    description: 'Passwords go in and never come out: `hasPassword` tells that one is stored.',
    tags,
    body: PresetBodySchema,
    response: { 200: PresetAnswer, ...failures(409) }
  }
  app.post('/', { schema: creating }, async (request) => {
    const preset = await presets.create(request.body)
    request.auditSubject = { preset: preset.uuid }
    return { message: 'Preset created', data: preset }
  })

  const changing = {
    operationId: 'changePreset',
    summary: 'Rename or change a preset',
    description: 'What is not named stays. Its devices keep what they have until the preset is applied again.',
    tags,
    params,
    body: PresetPatchSchema,
    response: { 200: PresetAnswer, ...failures(404, 409) }
  }
  app.patch('/:id', { schema: changing }, async ({ params: { id }, body }) => ({
    message: 'Preset changed',
    data: await presets.change(id, body)
  }))

  const deleting = {
    operationId: 'deletePreset',
    summary: 'Delete a preset',
    description: 'Its devices are released: they keep their settings and have no preset any more.',
    tags,
    params,
    response: { 200: PresetAnswer, ...failures(404) }
  }
  app.delete('/:id', { schema: deleting }, async ({ params: { id } }) => ({
    message: 'Preset deleted, its devices released',
    data: await presets.remove(id)
  }))
}

export default routes
