import createError from '@fastify/error'

// A miner that did not answer as a miner does
export const MinerTimeoutError = createError<[string, number]>(
  'MINER_TIMEOUT',
  'The miner at %s did not answer within %d ms',
  504
)

export const MinerUnreachableError = createError<[string, string]>(
  'MINER_UNREACHABLE',
  'The miner at %s cannot be reached (%s)',
  504
)

export const MinerRefusedError = createError<[string]>('MINER_REFUSED', 'The miner at %s refuses connections', 502)

export const MinerResetError = createError<[string, string]>(
  'MINER_RESET',
  'The miner at %s broke off the connection (%s)',
  502
)

export const MinerProtocolError = createError<[string]>(
  'MINER_PROTOCOL',
  'The answer of the device at %s is not valid HTTP',
  502
)

export const MinerStatusError = createError<[string, number]>(
  'MINER_STATUS',
  'The miner at %s answered with status %d',
  502
)

export const MinerRedirectError = createError<[string]>(
  'MINER_REDIRECT',
  'The device at %s answered with a redirect, as no miner does on this path',
  502
)

export const MinerTooLargeError = createError<[string, number]>(
  'MINER_TOO_LARGE',
  'The answer of the device at %s is larger than %d bytes',
  502
)

export const MinerNotJsonError = createError<[string]>(
  'MINER_NOT_JSON',
  'The answer of the device at %s is not JSON',
  502
)

export const NotAMinerError = createError<[string]>(
  'NOT_A_MINER',
  'The device at %s does not answer like a Bitaxe-family miner (no ASICModel)',
  502
)

export const MinerMismatchError = createError<[string, string, string]>(
  'MINER_MISMATCH',
  'At %s answers the miner %s instead of %s',
  502
)

export const PollAbortedError = createError('POLL_ABORTED', 'The device is no longer monitored', 503)
