import type { FastifyInstance } from 'fastify'
import type { BackupHeader } from '../../src/backup-file/format.ts'
import { readBackup } from '../../src/backup-file/read.ts'
import { BackupInvalidError, BackupKeyError, BackupVersionError, RestoreBusyError } from '../../src/errors/store.ts'
import type { StoredRecord } from '../../src/stored-record.ts'
import type { Restored } from '../../schemas/backup.ts'
import { forgetApplied, forgetPasswords } from './adapt.ts'

type Parts = Pick<FastifyInstance, 'bus' | 'db' | 'devices' | 'log' | 'operations' | 'vault'>

export interface RestoreOptions {
  /** Leave the passwords of presets out, where their key is lost. */
  withoutPasswords?: boolean
}

/** Makes the function that takes a backup in, while everything runs. */
export function createRestore({ bus, db, devices, log, operations, vault }: Parts, maxBytes: number) {
  let restoring = false

  function checkHeader({ schemaVersion, keyId }: BackupHeader, withoutPasswords: boolean): void {
    if (schemaVersion > db.schemaVersion) throw new BackupVersionError(schemaVersion, db.schemaVersion)
    if (!withoutPasswords && keyId !== vault.keyId) throw new BackupKeyError(keyId, vault.keyId)
  }

  /** Reads all of a backup into memory, before anything is touched. */
  async function readAll(chunks: AsyncIterable<Uint8Array>, { withoutPasswords = false }: RestoreOptions) {
    const records: StoredRecord[] = []
    let fromVersion = db.schemaVersion
    const { header } = await readBackup(
      chunks,
      {
        header(header) {
          checkHeader(header, withoutPasswords)
          fromVersion = header.schemaVersion
        },
        record(given, line) {
          const record = db.upgrade(given, fromVersion)
          if (!record) return
          if (!db.isRecord(record)) throw new BackupInvalidError(`line ${line} is not a record of "${record.table}"`)
          records.push(forgetApplied(withoutPasswords ? forgetPasswords(record) : record))
        }
      },
      maxBytes
    )
    return { header, records }
  }

  function checkOperations(): void {
    const running = operations.list().find(({ finishedAt }) => finishedAt === undefined)
    if (running) throw new RestoreBusyError(`the operation ${running.id} is running, wait for its end or cancel it`)
  }

  async function takeIn(chunks: AsyncIterable<Uint8Array>, options: RestoreOptions): Promise<Restored> {
    const { header, records } = await readAll(chunks, options)
    let before: string[] = []
    await db.replace(records, () => {
      checkOperations()
      before = db.imprinted.list().map(({ mac }) => mac)
    })
    bus.emit('store.restored', {})
    const followed = await devices.followStore(before)
    await operations.recover(new Set(records.filter(({ table }) => table === 'operations').map(({ key }) => key)))
    const counts = { imprinted: db.imprinted.size, discovered: db.discovered.size, presets: db.presets.size }
    const restored = { createdAt: header.createdAt, records: records.length, ...counts, ...followed }
    log.warn(restored, 'a backup was restored')
    return restored
  }

  /**
   * Puts a backup in the place of everything that is stored, the history aside. When the promise resolves, the service is
   * in that state: devices that are gone are spoken to no more, and the others are claimed.
   * @throws {BackupInvalidError | BackupTooLargeError | BackupVersionError | BackupKeyError | RestoreBusyError |
   *   StoreWriteError} nothing was changed
   */
  return async function restore(chunks: AsyncIterable<Uint8Array>, options: RestoreOptions = {}): Promise<Restored> {
    if (restoring) throw new RestoreBusyError('another one is being restored')
    restoring = true
    try {
      return await takeIn(chunks, options)
    } finally {
      restoring = false
    }
  }
}
