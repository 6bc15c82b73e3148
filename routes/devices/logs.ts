import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from '@sinclair/typebox'
import { canonicalMac } from '../../src/mac.ts'
import { UpgradeRequiredError } from '../../src/errors/requests.ts'
import { failures } from '../../schemas/common.ts'
import { DeviceParamsSchema } from '../../schemas/imprint.ts'
import { DeviceStreamQuerySchema, LogsAnswer, LogsQuerySchema, type LogEntry } from '../../schemas/log.ts'

const tags = ['logs']
const params = DeviceParamsSchema

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { devices, logs } = app

  const reading = {
    operationId: 'getLogs',
    summary: "Get a miner's recent log lines",
    description:
      'Returns lines received while the log stream was open; this request does not open it. With `after`, the first `limit` lines after that number, else the last `limit` lines. Plain text with `Accept: text/plain` or `format=text`.',
    tags,
    params,
    querystring: LogsQuerySchema,
    response: {
      200: {
        description: 'The lines, oldest first',
        content: { 'application/json': { schema: LogsAnswer }, 'text/plain': { schema: Type.String() } }
      },
      ...failures(404)
    }
  }
  app.get('/:id/logs', { schema: reading }, async (request, reply) => {
    const mac = canonicalMac(request.params.id)
    const { limit, after, level, format } = request.query
    const entries = logs.read(mac, {
      limit,
      ...(after !== undefined && { after }),
      filter: { ...(level && { level }) }
    })
    if (!wantsText(request, format)) return reply.type('application/json').send({ message: 'Log lines', data: entries })
    reply.header('content-disposition', `attachment; filename="${mac.replaceAll(':', '-')}.log"`)
    return reply.type('text/plain; charset=utf-8').send(entries.map(toLine).join(''))
  })

  const streaming = {
    operationId: 'streamLogs',
    summary: "Stream a miner's log",
    description: 'A WebSocket. With `after`, it first sends the kept lines after that number.',
    tags,
    params,
    querystring: DeviceStreamQuerySchema,
    response: failures(404, 426)
  }
  app.route({
    method: 'GET',
    url: '/:id/logs/stream',
    schema: streaming,
    preHandler: async ({ params: { id } }) => {
      devices.require(canonicalMac(id))
      logs.checkCapacity()
    },
    handler: async () => {
      throw new UpgradeRequiredError()
    },
    wsHandler(socket, { params: { id }, query: { after, ...filter } }) {
      const mac = canonicalMac(id)
      logs.stream(socket, { macs: [mac], filter, after: new Map(after === undefined ? [] : [[mac, after]]) })
    }
  })
}

function wantsText({ headers: { accept = '' } }: FastifyRequest, format?: string): boolean {
  return format === undefined ? /text\/plain/i.test(accept) && !/json|\*\/\*/i.test(accept) : format === 'text'
}

const toLine = ({ receivedAt, raw }: LogEntry) => `${receivedAt} ${raw}\n`

export default routes
