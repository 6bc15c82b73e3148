import createError from '@fastify/error'

// Commands that a miner does not carry out, or must not be given
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

export const MinerNotBackError = createError<[number]>('MINER_NOT_BACK', 'did not come back within %d s', 504)
