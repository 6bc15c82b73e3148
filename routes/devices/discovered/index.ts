import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { failures } from '../../../schemas/common.ts'
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
          'One match of a kind is enough, several kinds narrow each other, and none lists all. An address finds only the miner that was last seen there.',
        querystring: DiscoveredQuerySchema,
        response: { 200: DiscoveredListSchema, ...failures(502, 504) }
      },
      preValidation: async (request) => dropEmpty(request.query)
    },
    (request) => discovery.discovered(request.query)
  )
}

export default routes
