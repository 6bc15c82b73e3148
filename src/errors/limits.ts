import createError from '@fastify/error'

// Requests that exceed a limit, or come while the service is stopping
export const TooManyRequestsError = createError<[number, string, number]>(
  'PLUTO_TOO_MANY_REQUESTS',
  'More than %d %s in a minute: wait %d s',
  429
)

export const BodyTooDeepError = createError<[number]>(
  'PLUTO_BODY_TOO_DEEP',
  'The body nests deeper than %d levels: nothing here takes more',
  400
)

export const OverloadedError = createError<[string]>(
  'PLUTO_OVERLOADED',
  'The service has more to do than it can (%s): try again later',
  503
)

export const TooManyViewersError = createError<[number]>(
  'PLUTO_TOO_MANY_VIEWERS',
  'There are %d open log streams already (MAX_LOG_VIEWERS): close one of them first',
  503
)

export const TooManyLiveClientsError = createError<[number]>(
  'PLUTO_TOO_MANY_LIVE_CLIENTS',
  'There are %d Socket.IO clients already (MAX_LIVE_CLIENTS): close one of them first',
  503
)

export const ClosingError = createError('PLUTO_CLOSING', 'The service is stopping: nothing new is begun', 503)
