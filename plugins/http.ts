import { Socket } from 'node:net'
import { constants } from 'node:zlib'
import compress from '@fastify/compress'
import fp from 'fastify-plugin'
import { BodyTooDeepError } from '../src/errors/limits.ts'
import { isDeeper } from '../src/safe-json.ts'

/** A device's data has five levels at most. */
const MAX_BODY_DEPTH = 50

const COMPRESSION_THRESHOLD_BYTES = 4096

/** Brotli's default window of 4 MB takes 1.5 MB per answer that is not read. Devices repeat each other within far less. */
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_LGWIN]: 18 } }

export default fp(
  async (app) => {
    // Only JSON bodies are accepted. A page of any origin may send text/plain without a preflight request.
    app.removeContentTypeParser('text/plain')

    // Validation, redaction and storage walk a body recursively, so its depth is limited first.
    const parseJson = app.getDefaultJsonParser('error', 'error')
    app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
      void parseJson(request, body, (error, value) => {
        if (!error && isDeeper(value, MAX_BODY_DEPTH)) done(new BodyTooDeepError(MAX_BODY_DEPTH))
        else done(error, value)
      })
    })

    const compression = { threshold: COMPRESSION_THRESHOLD_BYTES, brotliOptions: BROTLI }
    await app.register(compress, { ...compression, encodings: ['br', 'gzip'] })

    app.addHook('onRequest', async (request, reply) => {
      reply.header('x-request-id', request.id)
    })

    // Clients and proxies send a content type even without a body; Fastify would then expect one.
    app.addHook('onRequest', async ({ headers }) => {
      const { 'content-length': length = '0', 'transfer-encoding': encoding } = headers
      if (length === '0' && encoding === undefined) delete headers['content-type']
    })

    // A client that stops reading would keep its response in memory forever. The time counts from the last byte it read.
    app.addHook('onSend', async ({ raw: { socket } }) => {
      if (socket instanceof Socket) socket.setTimeout(app.config.UNREAD_TIMEOUT_MS)
    })

    // The state of a miner must not be cached. A route that allows caching sets the header itself.
    app.addHook('onSend', async (_, reply) => {
      if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
    })
  },
  { name: 'http', fastify: '5.x' }
)
