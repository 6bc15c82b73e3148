import type { FastifyInstance } from 'fastify'
import type { BackupHeader, StoredRecord } from '../../src/backup-file/format.ts'
import { readBackup } from '../../src/backup-file/read.ts'
import { BackupInvalidError, BackupKeyError, BackupVersionError, RestoreBusyError } from '../../src/errors/store.ts'
import { createRecordCheck } from './check-record.ts'
import { createWholeCheck } from './check-whole.ts'
import type { Restored } from '../../schemas/backup.ts'

type Parts = Pick<
  FastifyInstance,
  'axeos' | 'bus' | 'config' | 'db' | 'devices' | 'log' | 'operations' | 'presets' | 'vault'
>

/** Finished operations that the service keeps. */
const KEPT_OPERATIONS = 100

interface RestoreOptions {
  /** Omit the passwords of presets, for a backup whose key is lost. */
  withoutPasswords?: boolean
}

/** Creates the function that restores a backup while the service runs. */
export function createRestore(parts: Parts, maxBytes: number) {
  const { bus, config, db, devices, log, operations, vault } = parts
  const findFault = createRecordCheck(parts)
  const limits = { presets: config.MAX_PRESETS, operations: KEPT_OPERATIONS + config.MAX_RUNNING_OPERATIONS }
  let restoring = false

  function checkHeader({ schemaVersion, keyId }: BackupHeader, withoutPasswords: boolean): void {
    if (schemaVersion > db.schemaVersion) throw new BackupVersionError(schemaVersion, db.schemaVersion)
    if (!withoutPasswords && keyId !== vault.keyId) throw new BackupKeyError(keyId, vault.keyId)
  }

  /** Reads a whole backup into memory before anything is changed. */
  async function readAll(chunks: AsyncIterable<Uint8Array>, { withoutPasswords = false }: RestoreOptions) {
    const records: StoredRecord[] = []
    const whole = createWholeCheck(limits)
    let fromVersion = db.schemaVersion
    const { header } = await readBackup(
      chunks,
      {
        onHeader(header) {
          checkHeader(header, withoutPasswords)
          fromVersion = header.schemaVersion
        },
        onRecord(given, line) {
          const record = db.upgrade(given, fromVersion)
          if (!record) return
          if (!db.isRecord(record)) throw new BackupInvalidError(`line ${line} is not a record of "${record.table}"`)
          if (db.isOwnRecord(record)) return
          const prepared = dropApplied(withoutPasswords ? dropPasswords(record) : record)
          const fault = findFault(prepared)
          if (fault !== null) throw new BackupInvalidError(`line ${line}: ${fault}`)
          whole.add(prepared, line)
          records.push(prepared)
        }
      },
      maxBytes
    )
    return { header, records: whole.finish(records) }
  }

  function checkOperations(): void {
    const running = operations.list().find(({ finishedAt }) => finishedAt === undefined)
    if (running) throw new RestoreBusyError(`the operation ${running.id} is running, wait for its end or cancel it`)
  }

  async function replaceStore(chunks: AsyncIterable<Uint8Array>, options: RestoreOptions): Promise<Restored> {
    const { header, records } = await readAll(chunks, options)
    let before: string[] = []
    await db.replace(records, () => {
      checkOperations()
      before = db.imprinted.list().map(({ mac }) => mac)
    })
    bus.emit('store.restored', {})
    const followed = await devices.syncWithStore(before)
    await operations.recover(new Set(records.filter(({ table }) => table === 'operations').map(({ key }) => key)))
    const counts = { imprinted: db.imprinted.size, discovered: db.discovered.size, presets: db.presets.size }
    const restored = { createdAt: header.createdAt, records: records.length, ...counts, ...followed }
    log.warn(restored, 'a backup was restored')
    return restored
  }

  /**
   * Replaces everything that is stored except the history and the audit trail. When the promise resolves, the service is in
   * that state: removed devices are released, and added ones are claimed.
   * @throws {BackupInvalidError | BackupTooLargeError | BackupVersionError | BackupKeyError | RestoreBusyError |
   *   StoreWriteError} nothing was changed
   */
  return async function restore(chunks: AsyncIterable<Uint8Array>, options: RestoreOptions = {}): Promise<Restored> {
    if (restoring) throw new RestoreBusyError('another backup is being restored')
    restoring = true
    try {
      return await replaceStore(chunks, options)
    } finally {
      restoring = false
    }
  }
}

/** Drops which preset a device was last given: the miner may have been changed since the backup. */
function dropApplied(record: StoredRecord): StoredRecord {
  return record.table === 'imprinted' ? changeValue(record, ({ presetApplied: _dropped, ...value }) => value) : record
}

function dropPasswords(record: StoredRecord): StoredRecord {
  return record.table === 'presets' ? changeValue(record, (value) => ({ ...value, secrets: {} })) : record
}

type Fields = Record<string, unknown>
const changeValue = (record: StoredRecord, change: (value: Fields) => Fields): StoredRecord => ({
  ...record,
  value: change(record.value as Fields)
})
