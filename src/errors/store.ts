import createError from '@fastify/error'

// The store of a running service, and backups
export const StoreWriteError = createError<[string, ErrorOptions?]>(
  'PLUTO_STORE_WRITE',
  'The store cannot be written: %s. The change was not stored; everything else continues, and the store recovers by itself',
  503
)

export const StoreReadError = createError<[string, ErrorOptions?]>(
  'PLUTO_STORE_READ',
  'The store cannot be read at the moment: %s. Try again shortly',
  503
)

export const BackupInvalidError = createError<[string]>(
  'PLUTO_BACKUP_INVALID',
  'This is not a complete backup: %s. Nothing was changed',
  400
)

export const BackupTooLargeError = createError<[number]>(
  'PLUTO_BACKUP_TOO_LARGE',
  'The backup is larger than %d bytes. Nothing was changed',
  413
)

export const BackupVersionError = createError<[number, number]>(
  'PLUTO_BACKUP_VERSION',
  'The backup was made by a newer program: its store has version %d, this program supports versions up to %d. Restore it there. Nothing was changed',
  409
)

export const BackupKeyError = createError<[string, string]>(
  'PLUTO_BACKUP_KEY',
  'The passwords in the backup are sealed with the key %s, but this service has the key %s: start it with that key on an empty DATA_DIR, or restore without passwords. Nothing was changed',
  409
)

export const RestoreBusyError = createError<[string]>(
  'PLUTO_RESTORE_BUSY',
  'A backup cannot be restored now: %s. Nothing was changed',
  409
)

/** The files of the store or its key are not what they were. It reaches clients as the reason of a `StoreWriteError`. */
export class StoreFilesError extends Error {
  readonly code = 'STORE_FILES'
}
