import type { Address } from '../../src/network.ts'
import {
  MinerProtocolError,
  MinerRefusedError,
  MinerResetError,
  MinerTimeoutError,
  MinerTooLargeError,
  MinerUnreachableError,
  PollAbortedError
} from '../../src/errors.ts'

const BROKEN_OFF = new Set([
  'ECONNABORTED',
  'ECONNRESET',
  'EPIPE',
  'HPE_INVALID_EOF_STATE',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_SOCKET'
])
const TIMED_OUT = new Set(['ETIMEDOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT'])
const CLOSED = new Set(['UND_ERR_CLOSED', 'UND_ERR_DESTROYED'])

/** Tells whether the connection ended before the answer did. */
export function isBrokenOff(error: unknown): boolean {
  return BROKEN_OFF.has(codeOf(error)) && !isProtocolError(error)
}

/**
 * Turns whatever a request failed with into one of the named errors. The original is left behind on purpose: undici's
 * parser error holds what the device sent, which may hold a password.
 */
export function toNamedError(error: unknown, address: Address, limits: { timeoutMs: number; maxBytes: number }): Error {
  if (error instanceof MinerTimeoutError || error instanceof PollAbortedError) return error
  const code = codeOf(error)
  if (isProtocolError(error)) return new MinerProtocolError(address.text)
  if (BROKEN_OFF.has(code)) return new MinerResetError(address.text, code)
  if (TIMED_OUT.has(code)) return new MinerTimeoutError(address.text, limits.timeoutMs)
  if (CLOSED.has(code)) return new PollAbortedError()
  if (code === 'ECONNREFUSED') return new MinerRefusedError(address.text)
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return new MinerTooLargeError(address.text, limits.maxBytes)
  return new MinerUnreachableError(address.text, code)
}

/** undici names a wrong upgrade or an unasked answer a socket error, told apart by its message alone. */
function isProtocolError(error: unknown): boolean {
  const code = codeOf(error)
  if (code === 'UND_ERR_SOCKET') return error instanceof Error && error.message.startsWith('bad ')
  return code === 'UND_ERR_HEADERS_OVERFLOW' || (code.startsWith('HPE_') && !BROKEN_OFF.has(code))
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'unknown reason'
}
