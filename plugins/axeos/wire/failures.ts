import createError from '@fastify/error'
import { errors } from 'undici'
import { codeOf } from '../../../src/errors/code-of.ts'
import {
  MinerProtocolError,
  MinerRefusedError,
  MinerResetError,
  MinerTimeoutError,
  MinerTooLargeError,
  MinerUnreachableError,
  PollAbortedError
} from '../../../src/errors/miners.ts'
import { ShortageError } from '../../../src/errors/limits.ts'
import type { Address } from '../../../src/network.ts'

type Kind = 'broken off' | 'not HTTP' | 'timed out' | 'refused' | 'too large' | 'closed' | 'unreachable' | 'shortage'

const KINDS = new Map<string, Kind>([
  ['ECONNABORTED', 'broken off'],
  ['ECONNRESET', 'broken off'],
  ['EPIPE', 'broken off'],
  ['ERR_SOCKET_CLOSED', 'broken off'],
  ['ERR_SOCKET_CLOSED_BEFORE_CONNECTION', 'broken off'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'broken off'],
  ['UND_ERR_SOCKET', 'broken off'],
  ['UND_ERR_HEADERS_OVERFLOW', 'not HTTP'],
  ['ETIMEDOUT', 'timed out'],
  ['UND_ERR_BODY_TIMEOUT', 'timed out'],
  ['UND_ERR_CONNECT_TIMEOUT', 'timed out'],
  ['UND_ERR_HEADERS_TIMEOUT', 'timed out'],
  ['ECONNREFUSED', 'refused'],
  ['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'too large'],
  ['UND_ERR_CLOSED', 'closed'],
  ['UND_ERR_DESTROYED', 'closed'],
  // This machine ran out of file descriptors, buffers, ports or memory
  ['EADDRNOTAVAIL', 'shortage'],
  ['EAGAIN', 'shortage'],
  ['EMFILE', 'shortage'],
  ['ENFILE', 'shortage'],
  ['ENOBUFS', 'shortage'],
  ['ENOMEM', 'shortage']
])

/** An error of the operating system, such as `EHOSTUNREACH`. */
const SYSTEM_CODE = /^E[A-Z0-9]+$/

/** Whether the connection ended before the answer did. */
export function isBrokenOff(error: unknown): boolean {
  return kindOf(error) === 'broken off'
}

/**
 * Converts the error of a request into a named error, unless it is one. Only a shortage keeps the original as its `cause`:
 * undici's parser error holds the device's bytes, which may contain a password.
 */
export function toNamedError(error: unknown, address: Address, limits: { timeoutMs: number; maxBytes: number }): Error {
  if (error instanceof createError.FastifyError) return error
  switch (kindOf(error)) {
    case 'broken off':
      return new MinerResetError(address.text, error instanceof Error ? error.message : 'unknown reason')
    case 'not HTTP':
      return new MinerProtocolError(address.text)
    case 'timed out':
      return new MinerTimeoutError(address.text, limits.timeoutMs)
    case 'refused':
      return new MinerRefusedError(address.text)
    case 'too large':
      return new MinerTooLargeError(address.text, limits.maxBytes)
    case 'closed':
      return new PollAbortedError()
    case 'shortage':
      return new ShortageError(address.text, String(codeOf(error)), { cause: error })
    case 'unreachable':
      return new MinerUnreachableError(address.text, String(codeOf(error)))
  }
}

/**
 * An error that is neither the system's nor a known one of undici comes from an answer that its parser cannot handle, such as
 * the failed assertion that a status of 000 causes. Only the message distinguishes two of undici's errors: an early end is a parser error, a bad upgrade a
 * socket error.
 */
function kindOf(error: unknown): Kind {
  if (error instanceof errors.HTTPParserError) return error.message.includes('EOF') ? 'broken off' : 'not HTTP'
  if (error instanceof errors.SocketError && error.message.startsWith('bad ')) return 'not HTTP'
  const code = codeOf(error) ?? ''
  return KINDS.get(code) ?? (SYSTEM_CODE.test(code) ? 'unreachable' : 'not HTTP')
}
