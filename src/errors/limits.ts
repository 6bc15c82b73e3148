import createError from '@fastify/error'

// Requests that exceed a limit, or arrive while the service is stopping
export const TooManyRequestsError = createError<[number, string, number]>(
  'PLUTO_TOO_MANY_REQUESTS',
  'More than %d %s within a minute: try again in %d s',
  429
)

export const BodyTooDeepError = createError<[number]>(
  'PLUTO_BODY_TOO_DEEP',
  'The body nests deeper than %d levels: flatten it',
  400
)

export const OverloadedError = createError<[string]>(
  'PLUTO_OVERLOADED',
  'The service is overloaded (%s): try again later',
  503
)

export const ShortageError = createError<[string, string, { cause: unknown }?]>(
  'PLUTO_SHORTAGE',
  'The miner at %s was not asked, because this machine has run out of a resource (%s): try again, or raise its limits',
  503
)

export const TooManyViewersError = createError<[number]>(
  'PLUTO_TOO_MANY_VIEWERS',
  '%d log streams are already open: close one, or raise MAX_LOG_VIEWERS',
  503
)

export const TooManyLiveClientsError = createError<[number]>(
  'PLUTO_TOO_MANY_LIVE_CLIENTS',
  '%d Socket.IO clients are already connected: close one, or raise MAX_LIVE_CLIENTS',
  503
)

export const TooManyOperationsError = createError<[number]>(
  'PLUTO_TOO_MANY_OPERATIONS',
  '%d operations are running already: wait for the end of one, cancel one, or raise MAX_RUNNING_OPERATIONS',
  409
)

export const ClosingError = createError(
  'PLUTO_CLOSING',
  'The service is stopping and accepts no new requests: try again after its restart',
  503
)
