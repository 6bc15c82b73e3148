import compress from '@fastify/compress'
import fp from 'fastify-plugin'

const WORTH_COMPRESSING_BYTES = 4096

export default fp(
  async (app) => {
    // Bodies are JSON. As text a page from anywhere could send one without asking, also to a route that takes none.
    app.removeContentTypeParser('text/plain')

    await app.register(compress, { threshold: WORTH_COMPRESSING_BYTES, encodings: ['br', 'gzip'] })

    app.addHook('onRequest', async (request, reply) => {
      reply.header('x-request-id', request.id)
    })

    // Clients and proxies name a type also where they send nothing.
    app.addHook('onRequest', async ({ headers }) => {
      const { 'content-length': length = '0', 'transfer-encoding': encoding } = headers
      if (length === '0' && encoding === undefined) delete headers['content-type']
    })

    // What a miner does now is nothing that a cache may keep; a route that knows better says so itself.
    app.addHook('onSend', async (_, reply) => {
      if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
    })
  },
  { name: 'http', fastify: '5.x' }
)
