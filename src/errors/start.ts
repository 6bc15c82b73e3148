import createError from '@fastify/error'

// Starts and commands that cannot succeed: one line on stderr, exit code 1
export const ConfigError = createError<[string]>('PLUTO_CONFIG', '%s')

export const StoreLockedError = createError<[string]>(
  'PLUTO_STORE_LOCKED',
  'DATA_DIR %s is in use by another process: stop that process, or set another DATA_DIR'
)

export const StoreOpenError = createError<[string, string, ErrorOptions?]>(
  'PLUTO_STORE_OPEN',
  'DATA_DIR %s cannot be opened: %s. Set DATA_DIR to a directory that this user can write'
)

export const StoreMissingError = createError<[string]>(
  'PLUTO_STORE_MISSING',
  'DATA_DIR %s contains no store: set DATA_DIR to the directory of the backend'
)

export const StoreDamagedError = createError<[string, string, ErrorOptions?]>(
  'PLUTO_STORE_DAMAGED',
  'The store in %s is damaged: %s. Nothing was changed: run "npm run repair", which makes a copy first, or restore a backup'
)

export const StoreVersionError = createError<[string, string, number]>(
  'PLUTO_STORE_VERSION',
  'The store in DATA_DIR %s has version "%s", but this program supports versions up to %d: start the newer program that wrote it. Nothing was changed'
)

export const MigrationError = createError<[string, number, string, string, ErrorOptions?]>(
  'PLUTO_MIGRATION',
  'The store in DATA_DIR %s could not be migrated to version %d (%s): %s. It is as it was before that step'
)

export const KeyFileError = createError<[string, string]>(
  'PLUTO_KEY_FILE',
  'The key file %s cannot be used: %s. Put it back, or set SECRETS_KEY'
)

export const WrongKeyError = createError<[string, string, string]>(
  'PLUTO_WRONG_KEY',
  'The passwords in DATA_DIR %s are sealed with the key %s, but this is the key %s: set SECRETS_KEY to the former. Nothing was changed'
)

export const RotationError = createError<[string]>('PLUTO_ROTATION', 'The key was not changed: %s')
