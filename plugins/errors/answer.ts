import { STATUS_CODES } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'

export interface Detail {
  /** Where the field is: `body.macs.0` */
  path: string
  message: string
}

export interface Failure {
  statusCode: number
  code: string
  message: string
  details?: Detail[]
}

/** Answers in the one shape that every error has. */
export function send(request: FastifyRequest, reply: FastifyReply, failure: Failure) {
  const error = STATUS_CODES[failure.statusCode] ?? 'Error'
  return reply.code(failure.statusCode).send({ error, ...failure, requestId: request.id })
}
