import createError from '@fastify/error'

// Presets and their secrets
export const PresetNotFoundError = createError<[string]>('PRESET_NOT_FOUND', 'Unknown preset %s: see GET /presets', 404)

export const PresetUnknownError = createError<[string]>(
  'PRESET_UNKNOWN',
  'presetUuid "%s" is not a known preset: see GET /presets',
  400
)

export const PresetNameTakenError = createError<[string]>(
  'PRESET_NAME_TAKEN',
  'name "%s" is taken by another preset: choose another name',
  409
)

export const TooManyPresetsError = createError<[number]>(
  'PLUTO_TOO_MANY_PRESETS',
  '%d presets are stored already: delete one, or raise MAX_PRESETS',
  409
)

export const TemplateError = createError<[string, string]>(
  'PRESET_TEMPLATE',
  '%s contains the unknown placeholder {%s}: use {hostname} or {mac}',
  400
)

export const SecretUnreadableError = createError<[string, string]>(
  'SECRET_UNREADABLE',
  'The secret %s cannot be read: %s. Set it again with PATCH /presets/:id',
  409
)
