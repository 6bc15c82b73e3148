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

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the error that the request was answered with. */
    failureCode: string | null
  }
}

/** Answers in the one shape that every error has. */
export function send(request: FastifyRequest, reply: FastifyReply, failure: Failure) {
  const error = STATUS_CODES[failure.statusCode] ?? 'Error'
  request.failureCode = failure.code
  return reply.code(failure.statusCode).send({ error, ...failure, requestId: request.id })
}
