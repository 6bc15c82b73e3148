import { Socket } from 'node:net'
import compress from '@fastify/compress'
import fp from 'fastify-plugin'
import { isDeeper } from '../src/json-depth.ts'
import { BodyTooDeepError } from '../src/errors/limits.ts'

/** What a device tells of itself has five levels at most. */
const DEEPEST_BODY = 50

const WORTH_COMPRESSING_BYTES = 4096

export default fp(
  async (app) => {
    // Bodies are JSON. As text a page from anywhere could send one without asking, also to a route that takes none.
    app.removeContentTypeParser('text/plain')

    // Whatever walks a body after this (validation, the removal of secrets, storage) does so by recursion.
    const parseJson = app.getDefaultJsonParser('error', 'error')
    app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
      if (isDeeper(body, DEEPEST_BODY)) done(new BodyTooDeepError(DEEPEST_BODY))
      else void parseJson(request, body, done)
    })

    await app.register(compress, { threshold: WORTH_COMPRESSING_BYTES, encodings: ['br', 'gzip'] })

    app.addHook('onRequest', async (request, reply) => {
      reply.header('x-request-id', request.id)
    })

    // Clients and proxies name a type also where they send nothing.
    app.addHook('onRequest', async ({ headers }) => {
      const { 'content-length': length = '0', 'transfer-encoding': encoding } = headers
      if (length === '0' && encoding === undefined) delete headers['content-type']
    })

    // A client that stops reading would hold its answer in memory for ever: time counts from the last byte that it took.
    app.addHook('onSend', async ({ raw: { socket } }) => {
      if (socket instanceof Socket) socket.setTimeout(app.config.UNREAD_TIMEOUT_MS)
    })

    // What a miner does now is nothing that a cache may keep; a route that knows better says so itself.
    app.addHook('onSend', async (_, reply) => {
      if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
    })
  },
  { name: 'http', fastify: '5.x' }
)
