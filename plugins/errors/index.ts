import fp from 'fastify-plugin'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { createClientErrors, type ClientErrors } from '../../src/http/client-errors.ts'
import { collectAllowedMethods } from './allowed-methods.ts'
import { sendError, validationDetails } from './error-response.ts'

const RETRY_AFTER_SECONDS = 5

declare module 'fastify' {
  interface FastifyInstance {
    clientErrors: ClientErrors
  }
}

export default fp(
  async (app) => {
    const allowedMethods = collectAllowedMethods(app)
    app.decorateRequest('failureCode', null)
    app.setErrorHandler(answerError)
    app.decorate('clientErrors', createClientErrors())
    app.addHook('onRequestAbort', async (_request) => app.clientErrors.count('aborted'))

    app.setNotFoundHandler((request, reply) => {
      const [path = ''] = request.url.slice(0, 200).split('?')
      const allowed = allowedMethods(request.url)
      if (allowed.length === 0) {
        const message = `Unknown route ${path}: see /documentation`
        return sendError(request, reply, { statusCode: 404, code: 'PLUTO_ROUTE_NOT_FOUND', message })
      }
      reply.header('allow', [...allowed, 'OPTIONS'].join(', '))
      if (request.method === 'OPTIONS') return reply.code(204).send()
      const message = `${path} does not support ${request.method}: use ${allowed.join(', ')}`
      return sendError(request, reply, { statusCode: 405, code: 'PLUTO_METHOD_NOT_ALLOWED', message })
    })
  },
  { name: 'errors', fastify: '5.x' }
)

/** Turns any thrown error into an error response. The cause of a 500 is only logged. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  const statusCode = error.statusCode ?? 500
  if (error.validation) {
    const details = validationDetails(error.validation, error.validationContext)
    const message = details.map((detail) => `${detail.path} ${detail.message}`).join('; ')
    return sendError(request, reply, { statusCode: 400, code: 'PLUTO_INVALID_REQUEST', message, details })
  }
  if ('retryAfter' in error) reply.header('retry-after', String(error.retryAfter))
  if (statusCode === 503) reply.header('retry-after', RETRY_AFTER_SECONDS)
  if (statusCode !== 500)
    return sendError(request, reply, { statusCode, code: error.code, message: messageOf(error, request) })
  request.log.error({ err: error }, 'request failed')
  const message = 'Internal error: the log has the details under this requestId'
  return sendError(request, reply, { statusCode, code: 'PLUTO_INTERNAL', message })
}

/** Fastify's own message does not name the limit. */
function messageOf({ code, message }: FastifyError, { routeOptions }: FastifyRequest): string {
  if (code !== 'FST_ERR_CTP_BODY_TOO_LARGE') return message
  return `The body is larger than ${routeOptions.bodyLimit} bytes: split the request, or raise BODY_LIMIT_BYTES`
}
