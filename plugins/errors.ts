import { STATUS_CODES } from 'node:http'
import fp from 'fastify-plugin'
import type { FastifyError, FastifyReply, FastifyRequest, FastifySchemaValidationError } from 'fastify'

export default fp(
  async (app) => {
    app.setErrorHandler(answerError)
    app.setNotFoundHandler((request, reply) => {
      const [path = ''] = request.url.split('?')
      const message = `There is no ${request.method} ${path.slice(0, 200)}: see docs/API.md`
      return send(request, reply, { statusCode: 404, code: 'PLUTO_ROUTE_NOT_FOUND', message })
    })
  },
  { name: 'errors', fastify: '5.x' }
)

interface Failure {
  statusCode: number
  code: string
  message: string
  details?: { path: string; message: string }[]
}

/** Turns whatever a handler threw into the one shape of errors. What is inside a 500 goes to the log alone. */
function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  const statusCode = error.statusCode ?? 500
  if (error.validation) return send(request, reply, invalid(error.validation, error.validationContext))
  if (statusCode !== 500) return send(request, reply, { statusCode, code: error.code, message: error.message })
  request.log.error({ err: error }, 'request failed')
  const message = 'Something went wrong inside the service: its log has the details under this requestId'
  return send(request, reply, { statusCode, code: 'PLUTO_INTERNAL', message })
}

function invalid(issues: FastifySchemaValidationError[], part = 'request'): Failure {
  const byPath = new Map<string, Set<string>>()
  for (const issue of issues) {
    if (issue.keyword === 'anyOf' && issues.length > 1) continue
    const path = [part, ...issue.instancePath.split('/').slice(1)].join('.')
    byPath.set(path, (byPath.get(path) ?? new Set()).add(explain(issue)))
  }
  const details = [...byPath].map(([path, reasons]) => ({ path, message: [...reasons].join(', or ') }))
  const message = details.map((detail) => `${detail.path} ${detail.message}`).join('; ')
  return { statusCode: 400, code: 'PLUTO_INVALID_REQUEST', message, details }
}

const formats: Record<string, string> = {
  mac: 'must be a MAC address like bc:dd:c2:8d:c8:4f',
  port: 'must be a port from 1 to 65535',
  address: 'must be an IPv4 address like 192.168.1.20 or 192.168.1.20:8001'
}

function explain({ keyword, params, message }: FastifySchemaValidationError): string {
  if (keyword === 'additionalProperties') return `has a field that is not known: "${params.additionalProperty}"`
  if (keyword === 'pattern' && params.pattern === '\\S') return 'must not be blank'
  if (keyword === 'format') return formats[String(params.format)] ?? message ?? 'is not valid'
  return message ?? 'is not valid'
}

function send(request: FastifyRequest, reply: FastifyReply, failure: Failure) {
  const error = STATUS_CODES[failure.statusCode] ?? 'Error'
  return reply.code(failure.statusCode).send({ error, ...failure, requestId: request.id })
}
