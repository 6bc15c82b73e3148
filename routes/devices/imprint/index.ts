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
const UNCHANGED = Type.Null({ description: 'Nothing has changed' })

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { devices } = app

  const imprintMany = {
    operationId: 'imprintDevices',
    summary: 'Register devices',
    description: 'Takes exact MACs that discovery knows. Those already registered keep everything their user chose.',
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
    summary: 'Register one device more',
    description: 'The others stay untouched. Answers every registered device.',
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
      'Newest first, each with what is known of it now. `If-None-Match` with the `ETag` of the answer before is a 304 as long as nothing has changed.',
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
    summary: 'Show a device',
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
    summary: 'Change what a user may edit of a device',
    description: '`presetUuid` (also null), `ip` and `type`; everything else in the device is passed over.',
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
    description: 'When the answer arrives it is monitored no more, and it does not come back by itself.',
    tags,
    params,
    response: { 200: DeviceAnswer, ...failures(404) }
  }
  app.delete('/:id', { schema: removing }, async ({ params: { id } }) => ({
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
