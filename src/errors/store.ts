import createError from '@fastify/error'

// The store while the service runs, and backups
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
