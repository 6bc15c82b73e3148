import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import createError from '@fastify/error'
import type { FastifyInstance } from 'fastify'
import { codeOf } from '../errors/code-of.ts'

const { FastifyError } = createError

/** Kinds of mistakes of clients. They are counted, and logged at `debug` only: a client could fill a log with them. */
const CLIENT_ERROR_KINDS = ['aborted', 'handshake', 'http', 'timeout', 'tls', 'websocket'] as const
export type ClientErrorKind = (typeof CLIENT_ERROR_KINDS)[number]

export type ClientErrors = ReturnType<typeof createClientErrors>

/** Creates the counters of what clients did wrong. */
export function createClientErrors() {
  const counts = new Map<ClientErrorKind, number>(CLIENT_ERROR_KINDS.map((kind) => [kind, 0]))
  return {
    counts: counts as ReadonlyMap<ClientErrorKind, number>,
    count: (kind: ClientErrorKind): void => void counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
}

/** Whether the error of a connection is the client's: it broke the protocol, was refused, or went away. */
export function isClientError(error: unknown): boolean {
  if (error instanceof FastifyError) return true
  return /^(WS_ERR_|HPE_|ERR_SSL_|ERR_TLS_|ECONNRESET$|ECONNABORTED$|EPIPE$|ETIMEDOUT$|ERR_STREAM_)/.test(
    codeOf(error) ?? ''
  )
}

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
  this.clientErrors.count(kindOf(error))
  // After a failed TLS handshake nothing that is written can arrive.
  if (isTlsError(error.code)) return void socket.destroy()
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

const isTlsError = (code = '') => /^(EPROTO$|ERR_SSL_|ERR_TLS_)/.test(code)

function kindOf({ code = '' }: { code?: string }): ClientErrorKind {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'timeout'
  if (isTlsError(code)) return 'tls'
  return code.startsWith('HPE_') ? 'http' : 'aborted'
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
