import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { matchesDevice } from '../../../src/device-search.ts'
import { pageOf } from '../../../src/page.ts'
import { failures } from '../../../schemas/common.ts'
import type { Discovered } from '../../../schemas/device.ts'
import { DiscoveredListSchema, DiscoveredQuerySchema, dropEmpty } from '../../../schemas/discovery.ts'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { discovery } = app

  app.get(
    '/',
    {
      schema: {
        operationId: 'listDiscoveredDevices',
        tags: ['discovery'],
        summary: 'List the miners that discovery has seen',
        description:
          'Several values of one parameter widen the result, several parameters narrow it; without any, all miners are listed. An address matches only the miner that was last seen there. `X-Total-Count` is the number of all matches, `X-Next-Cursor` the cursor of the next page.',
        querystring: DiscoveredQuerySchema,
        response: { 200: DiscoveredListSchema, ...failures(502, 504) }
      },
      preValidation: async (request) => dropEmpty(request.query)
    },
    async ({ query: { limit, cursor, sort, q, ...query } }, reply) => {
      const rows = (await discovery.discovered(query)).filter(q ? matchesDevice(q) : () => true)
      const page = { sort, ...(limit && { limit }), ...(cursor && { cursor }) }
      const { items, total, nextCursor } = pageOf(rows, page, valueOf, (row) => row.mac)
      reply.header('x-total-count', total)
      if (nextCursor) reply.header('x-next-cursor', nextCursor)
      return items
    }
  )
}

const valueOf = (row: Discovered, field: string) => row[field as 'firstSeen' | 'ip' | 'lastSeen' | 'mac']

export default routes
