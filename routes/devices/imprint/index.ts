import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { canonicalMac } from '../../../src/mac.ts'
import { matchesDevice } from '../../../src/device-search.ts'
import {
  DeviceAnswers,
  DeviceEditSchema,
  DeviceParamsSchema,
  DevicesAnswers,
  ListQuerySchema,
  MacBodySchema,
  MacsBodySchema
} from '../../../schemas/imprint.ts'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { devices } = app

  app.put('/', { schema: { body: MacsBodySchema, response: DevicesAnswers } }, async ({ body }) => ({
    message: 'Devices imprinted',
    data: await devices.imprint(body.macs.map(canonicalMac))
  }))

  app.patch('/', { schema: { body: MacBodySchema, response: DevicesAnswers } }, async ({ body }) => {
    await devices.imprint([canonicalMac(body.mac)])
    return { message: 'Device imprinted', data: devices.list() }
  })

  app.get('/', { schema: { querystring: ListQuerySchema, response: DevicesAnswers } }, async ({ query }) => ({
    message: 'Imprinted devices',
    data: devices.list(query.q ? matchesDevice(query.q) : undefined)
  }))

  const params = DeviceParamsSchema
  app.get('/:id', { schema: { params, response: DeviceAnswers } }, async ({ params: { id } }) => ({
    message: 'Imprinted device',
    data: devices.require(canonicalMac(id))
  }))

  const editing = { params, body: DeviceEditSchema, response: DeviceAnswers }
  app.patch('/:id', { schema: editing }, async ({ params: { id }, body: { device } }) => ({
    message: 'Device updated',
    data: await devices.edit(canonicalMac(id), pickEdits(device))
  }))

  app.delete('/:id', { schema: { params, response: DeviceAnswers } }, async ({ params: { id } }) => ({
    message: 'Device removed',
    data: await devices.remove(canonicalMac(id))
  }))
}

/** Leaves behind what came along with the edit: telemetry, dates, the state. */
function pickEdits({ ip, type, presetUuid }: { ip?: string; type?: string; presetUuid?: string | null }) {
  return {
    ...(ip !== undefined && { ip }),
    ...(type !== undefined && { type }),
    ...(presetUuid !== undefined && { presetUuid })
  }
}

export default routes
