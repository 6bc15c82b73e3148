import createError from '@fastify/error'

// Requests that are not permitted
export const HostNotAllowedError = createError<[string]>(
  'PLUTO_HOST_NOT_ALLOWED',
  'The host name "%s" is not allowed: use an IP address, or add the name to ALLOWED_HOSTS',
  403
)

export const OriginNotAllowedError = createError<[string]>(
  'PLUTO_ORIGIN_NOT_ALLOWED',
  'Requests from pages of %s are not allowed: add that origin to CORS_ORIGINS',
  403
)

export const UnauthorizedError = createError(
  'PLUTO_UNAUTHORIZED',
  'Missing or unknown token: send Authorization: Bearer <token>',
  401
)

export const ReadOnlyTokenError = createError<[string]>(
  'PLUTO_READ_ONLY_TOKEN',
  'The token "%s" is read-only: use one of API_TOKEN',
  403
)
