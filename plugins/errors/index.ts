import fp from 'fastify-plugin'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { send } from './answer.ts'
import { explainValidation } from './explain.ts'
import { collectMethods } from './methods.ts'

const RETRY_AFTER_SECONDS = 5

export default fp(
  async (app) => {
    const methodsOf = collectMethods(app)
    app.decorateRequest('failureCode', null)
    app.setErrorHandler(answerError)

    app.setNotFoundHandler((request, reply) => {
      const [path = ''] = request.url.slice(0, 200).split('?')
      const allowed = methodsOf(request.url)
      if (allowed.length === 0) {
        const message = `There is no ${path}: see /documentation`
        return send(request, reply, { statusCode: 404, code: 'PLUTO_ROUTE_NOT_FOUND', message })
      }
      reply.header('allow', [...allowed, 'OPTIONS'].join(', '))
      if (request.method === 'OPTIONS') return reply.code(204).send()
      const message = `${path} takes ${allowed.join(', ')}, not ${request.method}`
      return send(request, reply, { statusCode: 405, code: 'PLUTO_METHOD_NOT_ALLOWED', message })
    })
  },
  { name: 'errors', fastify: '5.x' }
)

/** Turns whatever a handler threw into the one shape of errors. What is inside a 500 goes to the log alone. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  const statusCode = error.statusCode ?? 500
  if (error.validation) {
    const details = explainValidation(error.validation, error.validationContext)
    const message = details.map((detail) => `${detail.path} ${detail.message}`).join('; ')
    return send(request, reply, { statusCode: 400, code: 'PLUTO_INVALID_REQUEST', message, details })
  }
  if ('retryAfter' in error) reply.header('retry-after', String(error.retryAfter))
  if (statusCode === 503) reply.header('retry-after', RETRY_AFTER_SECONDS)
  if (statusCode !== 500)
    return send(request, reply, { statusCode, code: error.code, message: messageOf(error, request) })
  request.log.error({ err: error }, 'request failed')
  const message = 'Something went wrong inside the service: its log has the details under this requestId'
  return send(request, reply, { statusCode, code: 'PLUTO_INTERNAL', message })
}

/** Fastify does not say how much is too much. */
function messageOf({ code, message }: FastifyError, { routeOptions }: FastifyRequest): string {
  if (code !== 'FST_ERR_CTP_BODY_TOO_LARGE') return message
  return `The body is larger than ${routeOptions.bodyLimit} bytes (BODY_LIMIT_BYTES): send it in parts`
}
