import { STATUS_CODES } from 'node:http'
import fp from 'fastify-plugin'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'

export default fp(
  async (app) => {
    app.setErrorHandler(answerError)
    app.setNotFoundHandler((request, reply) =>
      send(request, reply, {
        statusCode: 404,
        code: 'PLUTO_ROUTE_NOT_FOUND',
        message: `There is no ${request.method} ${request.url.split('?')[0]}`
      })
    )
  },
  { name: 'errors', fastify: '5.x' }
)

interface Failure {
  statusCode: number
  code: string
  message: string
  details?: { path: string; message: string }[]
}

/** Turns whatever a handler threw into the one shape of errors. What is inside a 5xx of ours goes to the log alone. */
function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  const statusCode = error.statusCode ?? 500
  if (statusCode === 500) {
    request.log.error({ err: error }, 'request failed')
    const message = 'Something went wrong inside the service: its log has the details under this requestId'
    return send(request, reply, { statusCode, code: 'PLUTO_INTERNAL', message })
  }
  const details = error.validation?.map((issue) => ({
    path: [error.validationContext, ...issue.instancePath.split('/').slice(1)].join('.'),
    message: issue.message ?? 'is not valid'
  }))
  return send(request, reply, { statusCode, code: error.code, message: error.message, ...(details && { details }) })
}

function send(request: FastifyRequest, reply: FastifyReply, failure: Failure) {
  const error = STATUS_CODES[failure.statusCode] ?? 'Error'
  return reply.code(failure.statusCode).send({ error, ...failure, requestId: request.id })
}
