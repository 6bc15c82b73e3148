import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

interface Refusal {
  statusCode: number
  code: string
  message: string
}

const REFUSALS: Record<string, Refusal> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    statusCode: 408,
    code: 'PLUTO_REQUEST_TIMEOUT',
    message: 'The request did not arrive whole in time (HEADERS_TIMEOUT_MS, REQUEST_TIMEOUT_MS)'
  },
  HPE_HEADER_OVERFLOW: {
    statusCode: 431,
    code: 'PLUTO_HEADERS_TOO_LARGE',
    message: 'The first line and the headers of the request are too large (HEADER_LIMIT_BYTES)'
  }
}
const NO_HTTP: Refusal = { statusCode: 400, code: 'PLUTO_NOT_HTTP', message: 'This is not valid HTTP' }

/**
 * Answers what Node.js's parser or its clock gives up, in the one shape of errors, and closes the connection. What a client
 * sends is no failure of the service: it is worth one line at the level `debug`, without a stack.
 */
export function answerClientError(this: FastifyInstance, error: Error & { code?: string }, socket: Socket): void {
  // More of the same may still be on its way when the answer has gone out.
  if (error.code === 'ECONNRESET' || !socket.writable) return
  const refusal = REFUSALS[error.code ?? ''] ?? NO_HTTP
  const requestId = randomUUID()
  this.log.debug({ reqId: requestId, ip: socket.remoteAddress, reason: error.code, code: refusal.code }, 'no request')
  socket.end(toAnswer({ ...refusal, requestId }))
  socket.destroySoon()
}

function toAnswer({ statusCode, ...rest }: Refusal & { requestId: string }): string {
  const error = STATUS_CODES[statusCode] ?? 'Error'
  const body = JSON.stringify({ statusCode, error, ...rest })
  const headers = [
    `HTTP/1.1 ${statusCode} ${error}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${rest.requestId}`,
    'connection: close'
  ]
  return `${headers.join('\r\n')}\r\n\r\n${body}`
}
