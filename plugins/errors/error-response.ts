import { STATUS_CODES } from 'node:http'
import type { FastifyReply, FastifyRequest, FastifySchemaValidationError } from 'fastify'

export interface Detail {
  /** Path of the field: `body.macs.0` */
  path: string
  message: string
}

export interface Failure {
  statusCode: number
  code: string
  message: string
  details?: Detail[]
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the error response; null if the request succeeded. */
    failureCode: string | null
  }
}

/** Sends an error response, in the one shape that all of them have. */
export function sendError(request: FastifyRequest, reply: FastifyReply, failure: Failure) {
  const error = STATUS_CODES[failure.statusCode] ?? 'Error'
  request.failureCode = failure.code
  return reply.code(failure.statusCode).send({ error, ...failure, requestId: request.id })
}

/** One message for each invalid field of a request. The alternatives that a field fails are joined by `or`. */
export function validationDetails(issues: FastifySchemaValidationError[], part = 'request'): Detail[] {
  const byPath = new Map<string, Set<string>>()
  for (const issue of issues) {
    if (issue.keyword === 'anyOf' && issues.length > 1) continue
    const path = [part, ...issue.instancePath.split('/').slice(1)].join('.')
    byPath.set(path, (byPath.get(path) ?? new Set()).add(messageOf(issue)))
  }
  return [...byPath].map(([path, messages]) => ({ path, message: [...messages].join(', or ') }))
}

const FORMAT_MESSAGES: Record<string, string> = {
  mac: 'must be a MAC address like bc:dd:c2:8d:c8:4f',
  address: 'must be an IPv4 address like 192.168.1.20 or 192.168.1.20:8001',
  port: 'must be a port from 1 to 65535',
  uuid: 'must be a UUID like 01890a5d-ac96-774b-bcce-b302099a8057'
}

function messageOf({ keyword, params, message = 'is not valid' }: FastifySchemaValidationError): string {
  if (keyword === 'additionalProperties') return `has an unknown field: "${params.additionalProperty}"`
  if (keyword === 'pattern' && params.pattern === '\\S') return 'must not be blank'
  if (keyword === 'format') return FORMAT_MESSAGES[String(params.format)] ?? message
  if (keyword === 'const') return `must be ${JSON.stringify(params.allowedValue)}`
  return message
}
