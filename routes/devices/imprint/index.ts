import answerUnchanged from '@fastify/etag'
import { Type } from '@sinclair/typebox'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { devicesToJson } from '../../../src/device-json.ts'
import { searchDevices } from '../../../src/device-search.ts'
import { canonicalMac } from '../../../src/mac.ts'
import { failures } from '../../../schemas/common.ts'
import {
  DeviceAnswer,
  DeviceEditSchema,
  DeviceListAnswer,
  DeviceParamsSchema,
  DevicesAnswer,
  ListQuerySchema,
  type ListQuery,
  MacBodySchema,
  MacsBodySchema
} from '../../../schemas/imprint.ts'

const tags = ['devices']
const params = DeviceParamsSchema
const UNCHANGED = Type.Null({ description: 'Nothing has changed since the `ETag`' })

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { devices } = app

  const imprintMany = {
    operationId: 'imprintDevices',
    summary: 'Register devices',
    description:
      'Imprints devices, that is, registers them with this service. Accepts exact MACs that discovery knows. Devices that are already registered keep what their user chose.',
    tags,
    body: MacsBodySchema,
    response: { 200: DevicesAnswer, ...failures(404, 502, 504) }
  }
  app.put('/', { schema: imprintMany }, async ({ body }) => ({
    message: 'Devices imprinted',
    data: await devices.imprint(body.macs.map(canonicalMac))
  }))

  const imprintOne = {
    operationId: 'imprintDevice',
    summary: 'Register one more device',
    description: 'The other devices stay registered. Answers all registered devices.',
    tags,
    body: MacBodySchema,
    response: { 200: DevicesAnswer, ...failures(404, 502, 504) }
  }
  app.patch('/', { schema: imprintOne }, async ({ body }) => {
    await devices.imprint([canonicalMac(body.mac)])
    return { message: 'Device imprinted', data: devices.list() }
  })

  const listing = {
    operationId: 'listDevices',
    summary: 'List the registered devices',
    description:
      'Newest first, each with its current state. A request with the last `ETag` in `If-None-Match` gets a 304 while nothing has changed.',
    tags,
    querystring: ListQuerySchema,
    response: { 200: DeviceListAnswer, 304: UNCHANGED }
  }
  await app.register(answerUnchanged, { weak: true })
  app.withTypeProvider().get<{ Querystring: ListQuery }>('/', { schema: listing }, async ({ query }, reply) => {
    const { data, ...page } = searchDevices(devices.list(), query)
    const answer = { message: 'Imprinted devices', data, ...(query.limit !== undefined && page) }
    const { body, etag } = await devicesToJson(answer)
    return reply
      .headers({ etag, 'cache-control': 'private, no-cache' })
      .type('application/json; charset=utf-8')
      .send(body)
  })

  const reading = {
    operationId: 'getDevice',
    summary: 'Get a device',
    tags,
    params,
    response: { 200: DeviceAnswer, 304: UNCHANGED, ...failures(404) }
  }
  app.get('/:id', { schema: reading }, async ({ params: { id } }) => ({
    message: 'Imprinted device',
    data: devices.require(canonicalMac(id))
  }))

  const editing = {
    operationId: 'editDevice',
    summary: 'Edit a device',
    description: 'Applies `presetUuid` (may be null), `ip` and `type`; other fields are ignored.',
    tags,
    params,
    body: DeviceEditSchema,
    response: { 200: DeviceAnswer, ...failures(404) }
  }
  app.patch('/:id', { schema: editing }, async ({ params: { id }, body: { device } }) => ({
    message: 'Device updated',
    data: await devices.edit(canonicalMac(id), pickEdits(device))
  }))

  const removing = {
    operationId: 'removeDevice',
    summary: 'Remove a device',
    description:
      'When the answer arrives, monitoring has stopped. The device stays removed until it is registered again.',
    tags,
    params,
    response: { 200: DeviceAnswer, ...failures(404) }
  }
  app.delete('/:id', { schema: removing }, async ({ params: { id } }) => ({
    message: 'Device removed',
    data: await devices.remove(canonicalMac(id))
  }))
}

/** Drops the fields that a user may not edit, such as telemetry, dates and the state. */
function pickEdits({ ip, type, presetUuid }: { ip?: string; type?: string; presetUuid?: string | null }) {
  return {
    ...(ip !== undefined && { ip }),
    ...(type !== undefined && { type }),
    ...(presetUuid !== undefined && { presetUuid })
  }
}

export default routes
