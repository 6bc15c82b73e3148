import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { failures } from '../../../schemas/common.ts'
import { DiscoverQuerySchema, DiscoveredListSchema, dropEmpty } from '../../../schemas/discovery.ts'

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
          'Searches at `ip`, for `mac`, for `mac` at `ip`, or, without either, everywhere. The list is empty if no miner answers. A miner that does not report its MAC is identified by the ARP table, else by `mac`.',
        querystring: DiscoverQuerySchema,
        response: { 200: DiscoveredListSchema, ...failures(422, 502, 504) }
      },
      preValidation: async (request) => dropEmpty(request.query)
    },
    (request) => discovery.discover(request.query)
  )
}

export default routes
