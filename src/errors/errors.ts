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
export const TooManyRequestsError = createError<[number, string, number]>(
  'PLUTO_TOO_MANY_REQUESTS',
  'More than %d %s in a minute: wait %d s',
  429
)

// Requests that cannot be served as they are
export const DeviceNotFoundError = createError<[string]>(
  'PLUTO_DEVICE_NOT_FOUND',
  '%s is not an imprinted device: see GET /devices/imprint',
  404
)
export const DeviceNotDiscoveredError = createError<[string]>(
  'PLUTO_DEVICE_NOT_DISCOVERED',
  '%s is not known to discovery: run GET /devices/discover first',
  404
)
export const AddressNotAllowedError = createError<[string, string]>(
  'PLUTO_ADDRESS_NOT_ALLOWED',
  'ip "%s" is outside of the networks where miners may be (DEVICE_NETWORKS=%s)',
  400
)
export const InvalidAddressError = createError<[string]>(
  'PLUTO_INVALID_ADDRESS',
  'ip "%s" is not an IPv4 address with an optional port, like 192.168.1.20 or 192.168.1.20:8001',
  400
)
export const IdentityUnknownError = createError<[string]>(
  'PLUTO_IDENTITY_UNKNOWN',
  'The miner at %s does not tell its MAC and is not in the ARP table: ask again with its mac beside the ip',
  422
)
export const InvalidCursorError = createError(
  'PLUTO_INVALID_CURSOR',
  'cursor is not one that this list has given out: begin again without it',
  400
)
export const UpgradeRequiredError = createError('PLUTO_UPGRADE_REQUIRED', 'A stream: open it as a WebSocket', 426)

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

// Presets and their secrets
export const PresetNotFoundError = createError<[string]>(
  'PRESET_NOT_FOUND',
  'There is no preset %s: see GET /presets',
  404
)
export const PresetUnknownError = createError<[string]>(
  'PRESET_UNKNOWN',
  'presetUuid "%s" is no preset: see GET /presets',
  400
)
export const PresetNameTakenError = createError<[string]>(
  'PRESET_NAME_TAKEN',
  'name "%s" is taken by another preset: choose another name',
  409
)
export const TemplateError = createError<[string, string]>(
  'PRESET_TEMPLATE',
  '%s holds {%s}, which is not known: use {hostname} or {mac}',
  400
)
export const SecretUnreadableError = createError<[string, string]>(
  'SECRET_UNREADABLE',
  'The secret %s cannot be read: %s. Set it anew with PATCH /presets/:id',
  409
)

// Commands to a miner
export const SettingNotAllowedError = createError<[string, string, string]>(
  'SETTING_NOT_ALLOWED',
  '%s = %s is not allowed: %s',
  400
)
export const IdentityUnconfirmedError = createError<[string, string]>(
  'PLUTO_IDENTITY_UNCONFIRMED',
  'The miner at %s does not tell its MAC, and nothing else confirms that it is %s: nothing was sent',
  409
)
export const NotSupportedError = createError<[string, string, string]>(
  'FIRMWARE_LACKS_COMMAND',
  'The firmware %s has no %s: %s',
  409
)
export const UnsafeFirmwareError = createError<[string]>(
  'FIRMWARE_UNSAFE_TO_WRITE',
  'The firmware %s crashes on a write that does not hold every key: update it to v2.0.4 or later first',
  409
)
export const OtpRequiredError = createError<[string]>(
  'MINER_OTP_REQUIRED',
  'The miner at %s wants a one-time password: send it in the header X-TOTP, or a session in X-OTP-Session',
  403
)
export const OtpRefusedError = createError<[string]>(
  'MINER_OTP_REFUSED',
  'The miner at %s refused the one-time password: five wrong ones within a minute block it for five minutes',
  403
)
export const MinerDeniedError = createError<[string]>(
  'MINER_DENIED',
  'The miner at %s answers 401: it takes requests from its private network alone',
  502
)
export const MinerRejectedError = createError<[string, number, string]>(
  'MINER_REJECTED',
  'The miner at %s refused the request with status %d: %s',
  502
)

// The same command for many devices
export const NoDeviceMatchesError = createError<[string]>(
  'PLUTO_NO_DEVICE_MATCHES',
  'No imprinted device matches the filter %s: see GET /devices/imprint',
  404
)
export const OperationNotFoundError = createError<[string]>(
  'PLUTO_OPERATION_NOT_FOUND',
  'There is no operation %s: see GET /operations',
  404
)
export const MinerNotBackError = createError<[number]>('MINER_NOT_BACK', 'did not come back within %d s', 504)
export const ClosingError = createError('PLUTO_CLOSING', 'The service is stopping: nothing new is begun', 503)

// The external discovery service
export const DiscoveryFailedError = createError<[string]>('DISCOVERY_FAILED', 'The discovery service failed: %s', 502)
export const DiscoveryTimeoutError = createError<[number]>(
  'DISCOVERY_TIMEOUT',
  'The discovery service did not answer within %d ms',
  504
)

// History
export const HistoryRangeError = createError<[string]>('PLUTO_HISTORY_RANGE', '%s', 400)
export const PrometheusFailedError = createError<[string, ErrorOptions?]>(
  'PROMETHEUS_FAILED',
  'Prometheus could not tell the history: %s',
  502
)
export const PrometheusTimeoutError = createError<[number, ErrorOptions?]>(
  'PROMETHEUS_TIMEOUT',
  'Prometheus did not answer within %d ms',
  504
)

// Grafana: told by /readyz and the log, never answered
export const GrafanaUnreachableError = createError<[string, string]>(
  'GRAFANA_UNREACHABLE',
  'Grafana at %s cannot be reached (%s)',
  504
)
export const GrafanaTimeoutError = createError<[string, number]>(
  'GRAFANA_TIMEOUT',
  'Grafana at %s did not answer within %d ms',
  504
)
export const GrafanaFailedError = createError<[string, string]>('GRAFANA_FAILED', 'Grafana could not %s: %s', 502)
export const GrafanaRefusedError = createError<[string, string]>('GRAFANA_REFUSED', 'Grafana refused to %s: %s', 502)

// A start that cannot succeed: one line each, exit code 1
export const ConfigError = createError<[string]>('PLUTO_CONFIG', '%s')
