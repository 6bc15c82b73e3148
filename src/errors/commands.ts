import createError from '@fastify/error'

// Commands that must not be sent to a miner, or that a miner refused
export const SettingNotAllowedError = createError<[string, string, string]>(
  'SETTING_NOT_ALLOWED',
  '%s = %s is not allowed: %s',
  400
)

export const IdentityUnconfirmedError = createError<[string, string]>(
  'PLUTO_IDENTITY_UNCONFIRMED',
  'The miner at %s does not report its MAC, and nothing else confirms that it is %s. Nothing was sent: check its address',
  409
)

export const IdentityConflictError = createError<[string, string]>(
  'PLUTO_IDENTITY_CONFLICT',
  'Two miners claim the MAC %s: %s. Nothing is sent to either until only one does: disconnect the wrong one, or set `ip`',
  409
)

export const NotSupportedError = createError<[string, string, string]>(
  'FIRMWARE_LACKS_COMMAND',
  'The firmware %s does not support %s: %s',
  409
)

export const UnsafeFirmwareError = createError<[string]>(
  'FIRMWARE_UNSAFE_TO_WRITE',
  'The firmware %s crashes if a write omits any setting: update it to v2.0.4 or later first',
  409
)

export const OtpRequiredError = createError<[string]>(
  'MINER_OTP_REQUIRED',
  'The miner at %s requires a one-time password: send it in the X-TOTP header, or a session in X-OTP-Session',
  403
)

export const OtpRefusedError = createError<[string]>(
  'MINER_OTP_REFUSED',
  'The miner at %s refused the one-time password. Five wrong ones within a minute lock it for five minutes',
  403
)

export const MinerDeniedError = createError<[string]>(
  'MINER_DENIED',
  'The miner at %s answered 401: it only accepts requests from its own private network',
  502
)

export const MinerRejectedError = createError<[string, number, string]>(
  'MINER_REJECTED',
  'The miner at %s refused the request with status %d: %s',
  502
)

export const MinerNotBackError = createError<[number]>(
  'MINER_NOT_BACK',
  'The miner did not come back within %d s: check its power and network',
  504
)
