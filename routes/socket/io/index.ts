import { Type } from '@sinclair/typebox'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const schema = {
    operationId: 'getSocketStatus',
    summary: 'Get status of Socket.IO',
    description: 'Existing clients call this route before they connect to Socket.IO, which has the same path.',
    tags: ['live'],
    response: { 200: Type.Object({ message: Type.String() }) }
  }
  app.get('/', { schema }, async () => ({
    message: 'Socket started listening to devices'
  }))
}

export default routes
