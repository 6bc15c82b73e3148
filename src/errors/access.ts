import createError from '@fastify/error'

// Requests that may not be served
export const HostNotAllowedError = createError<[string]>(
  'PLUTO_HOST_NOT_ALLOWED',
  'The service does not answer to the name "%s": call it by its address, or add the name to ALLOWED_HOSTS',
  403
)

export const OriginNotAllowedError = createError<[string]>(
  'PLUTO_ORIGIN_NOT_ALLOWED',
  'Pages of %s may not change anything here: add that origin to CORS_ORIGINS',
  403
)

export const UnauthorizedError = createError(
  'PLUTO_UNAUTHORIZED',
  'A token is wanted: send Authorization: Bearer <token>',
  401
)

export const ReadOnlyTokenError = createError<[string]>('PLUTO_READ_ONLY_TOKEN', 'The token "%s" may only read', 403)
