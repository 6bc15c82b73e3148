import createError from '@fastify/error'

// Miners that did not answer, or not as a miner does
export const MinerTimeoutError = createError<[string, number]>(
  'MINER_TIMEOUT',
  'The miner at %s did not answer within %d ms',
  504
)

export const MinerUnreachableError = createError<[string, string]>(
  'MINER_UNREACHABLE',
  'The miner at %s is unreachable (%s): check its power, network and address',
  504
)

export const MinerRefusedError = createError<[string]>(
  'MINER_REFUSED',
  'The miner at %s refused the connection: check its address and port',
  502
)

export const MinerResetError = createError<[string, string]>(
  'MINER_RESET',
  'The miner at %s broke off the connection (%s)',
  502
)

export const MinerProtocolError = createError<[string]>(
  'MINER_PROTOCOL',
  'The device at %s did not answer with valid HTTP: check its address',
  502
)

export const MinerStatusError = createError<[string, number]>(
  'MINER_STATUS',
  'The miner at %s answered with status %d',
  502
)

export const MinerRedirectError = createError<[string]>(
  'MINER_REDIRECT',
  'The device at %s answered with a redirect, which no miner does: check its address',
  502
)

export const MinerTooLargeError = createError<[string, number]>(
  'MINER_TOO_LARGE',
  'The answer of the device at %s is larger than %d bytes: check its address',
  502
)

export const MinerNotJsonError = createError<[string]>(
  'MINER_NOT_JSON',
  'The answer of the device at %s is not JSON',
  502
)

export const NotAMinerError = createError<[string]>(
  'NOT_A_MINER',
  'The device at %s is not a miner of the Bitaxe family (no ASICModel): check its address',
  502
)

export const MinerMismatchError = createError<[string, string, string]>(
  'MINER_MISMATCH',
  'The miner at %s is %s instead of %s: run GET /devices/discover to update addresses',
  502
)

export const PollAbortedError = createError(
  'POLL_ABORTED',
  'The device is no longer monitored, so its poll was aborted',
  503
)
