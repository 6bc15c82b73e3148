import createError from '@fastify/error'

// Requests that are invalid, or name something that does not exist
export const DeviceNotFoundError = createError<[string]>(
  'PLUTO_DEVICE_NOT_FOUND',
  '%s is not an imprinted device: see GET /devices/imprint',
  404
)

export const DeviceNotDiscoveredError = createError<[string]>(
  'PLUTO_DEVICE_NOT_DISCOVERED',
  '%s has not been discovered: run GET /devices/discover first',
  404
)

export const AddressNotAllowedError = createError<[string, string]>(
  'PLUTO_ADDRESS_NOT_ALLOWED',
  'ip "%s" is outside the networks that may contain miners: add it to DEVICE_NETWORKS (%s)',
  400
)

export const InvalidAddressError = createError<[string]>(
  'PLUTO_INVALID_ADDRESS',
  'ip "%s" is not an IPv4 address with an optional port, like 192.168.1.20 or 192.168.1.20:8001',
  400
)

export const IdentityUnknownError = createError<[string]>(
  'PLUTO_IDENTITY_UNKNOWN',
  'The miner at %s does not report its MAC and is not in the ARP table: repeat the request with both mac and ip',
  422
)

export const InvalidCursorError = createError(
  'PLUTO_INVALID_CURSOR',
  'cursor is not a nextCursor of this list: start again without it',
  400
)

export const UpgradeRequiredError = createError(
  'PLUTO_UPGRADE_REQUIRED',
  'This route is a stream: open it as a WebSocket',
  426
)

export const NoDeviceMatchesError = createError<[string]>(
  'PLUTO_NO_DEVICE_MATCHES',
  'No imprinted device matches the filter %s: see GET /devices/imprint',
  404
)

export const OperationNotFoundError = createError<[string]>(
  'PLUTO_OPERATION_NOT_FOUND',
  'Unknown operation %s: see GET /operations',
  404
)

export const HistoryRangeError = createError<[string]>('PLUTO_HISTORY_RANGE', '%s', 400)
