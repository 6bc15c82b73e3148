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
    message: 'The request did not arrive completely in time (HEADERS_TIMEOUT_MS, REQUEST_TIMEOUT_MS): send it again'
  },
  HPE_HEADER_OVERFLOW: {
    statusCode: 431,
    code: 'PLUTO_HEADERS_TOO_LARGE',
    message: 'The request line and headers are too large (HEADER_LIMIT_BYTES): shorten the URL or send fewer headers'
  }
}
const NOT_HTTP: Refusal = {
  statusCode: 400,
  code: 'PLUTO_NOT_HTTP',
  message: 'The request is not valid HTTP: check its protocol, such as HTTPS on an HTTP port'
}

/**
 * Answers a request that Node.js could not parse, or that timed out, with an error response, and closes the connection.
 * An invalid request is not a failure of the service, so it is logged at `debug`, in one line without a stack.
 */
export function answerClientError(this: FastifyInstance, error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return
  const refusal = REFUSALS[error.code ?? ''] ?? NOT_HTTP
  const requestId = randomUUID()
  this.log.debug(
    { reqId: requestId, ip: socket.remoteAddress, reason: error.code, code: refusal.code },
    'invalid request'
  )
  socket.end(toResponse({ ...refusal, requestId }))
  // More of the request may still arrive after the response.
  socket.destroySoon()
}

function toResponse({ statusCode, ...rest }: Refusal & { requestId: string }): string {
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
