import { Type } from '@sinclair/typebox'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/', { schema: { response: { 200: Type.Object({ message: Type.String() }) } } }, async () => ({
    message: 'Socket started listening to devices'
  }))
}

export default routes
