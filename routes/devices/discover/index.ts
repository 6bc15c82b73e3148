import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { failures } from '../../../schemas/common.ts'
import { DiscoverQuerySchema, FoundListSchema, dropEmpty } from '../../../schemas/discovery.ts'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { discovery } = app

  app.get(
    '/',
    {
      schema: {
        operationId: 'discoverDevices',
        tags: ['discovery'],
        summary: 'Search for miners now',
        description:
          'Searches at `ip`, for `mac`, for `mac` at `ip`, or everywhere when neither is given. The list is empty when no miner answers. A miner that does not report its MAC is identified by the ARP table, else by `mac`.',
        querystring: DiscoverQuerySchema,
        response: { 200: FoundListSchema, ...failures(422, 502, 503, 504) }
      },
      preValidation: async (request) => dropEmpty(request.query)
    },
    async (request, reply) => {
      const { rows, failed } = await discovery.search(request.query)
      reply.header('x-discovery-complete', String(failed === 0))
      if (failed > 0) reply.header('x-discovery-failed', failed)
      return rows
    }
  )
}

export default routes
