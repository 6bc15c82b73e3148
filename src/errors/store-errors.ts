import createError from '@fastify/error'

// While the service runs
export const StoreWriteError = createError<[string, ErrorOptions?]>(
  'PLUTO_STORE_WRITE',
  'The store cannot be written: %s. The change was not stored; everything else goes on, and the store recovers by itself',
  503
)
export const StoreReadError = createError<[string, ErrorOptions?]>(
  'PLUTO_STORE_READ',
  'What is on disk cannot be read now: %s. Ask again in a moment',
  503
)

// Backups
export const BackupInvalidError = createError<[string]>(
  'PLUTO_BACKUP_INVALID',
  'This is not a whole backup: %s. Nothing was changed',
  400
)
export const BackupTooLargeError = createError<[number]>(
  'PLUTO_BACKUP_TOO_LARGE',
  'The backup is larger than %d bytes. Nothing was changed',
  413
)
export const BackupVersionError = createError<[number, number]>(
  'PLUTO_BACKUP_VERSION',
  'The backup was made by a newer program (its store has the version %d, this one knows up to %d): restore it there. Nothing was changed',
  409
)
export const BackupKeyError = createError<[string, string]>(
  'PLUTO_BACKUP_KEY',
  'The passwords in the backup are sealed with the key %s, and this service has the key %s: start it with that key on an empty DATA_DIR, or restore without passwords. Nothing was changed',
  409
)
export const RestoreBusyError = createError<[string]>(
  'PLUTO_RESTORE_BUSY',
  'A backup cannot be restored now: %s. Nothing was changed',
  409
)

// A start that cannot succeed, or a command: one line, exit code 1
export const StoreLockedError = createError<[string]>(
  'PLUTO_STORE_LOCKED',
  'DATA_DIR %s is in use by another process: stop that one, or set another DATA_DIR'
)
export const StoreOpenError = createError<[string, string, ErrorOptions?]>(
  'PLUTO_STORE_OPEN',
  'DATA_DIR %s cannot be opened: %s. Set DATA_DIR to a directory that this user can write'
)
export const StoreMissingError = createError<[string]>(
  'PLUTO_STORE_MISSING',
  'DATA_DIR %s holds no store: set DATA_DIR to the directory of the backend'
)
export const StoreDamagedError = createError<[string, string, ErrorOptions?]>(
  'PLUTO_STORE_DAMAGED',
  'The store in %s is damaged: %s. Nothing was touched: run "npm run repair", which makes a copy first, or restore a backup'
)
export const StoreVersionError = createError<[string, string, number]>(
  'PLUTO_STORE_VERSION',
  'The store in DATA_DIR %s has the version "%s", and this program knows versions up to %d: start the newer program that wrote it. Nothing was touched'
)
export const MigrationError = createError<[string, number, string, string, ErrorOptions?]>(
  'PLUTO_MIGRATION',
  'The store in DATA_DIR %s could not be brought to the version %d (%s): %s. It is as it was before that step'
)
export const KeyFileError = createError<[string, string]>(
  'PLUTO_KEY_FILE',
  'The key file %s cannot be used: %s. Put it back, or set SECRETS_KEY'
)
export const WrongKeyError = createError<[string, string, string]>(
  'PLUTO_WRONG_KEY',
  'The passwords in DATA_DIR %s are sealed with the key %s, and this is the key %s: nothing was touched'
)
export const RotationError = createError<[string]>('PLUTO_ROTATION', 'The key was not changed: %s')
