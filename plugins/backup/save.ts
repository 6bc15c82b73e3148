import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { FORMAT, FORMAT_VERSION, type BackupHeader } from '../../src/backup-file/format.ts'
import { writeBackup } from '../../src/backup-file/write.ts'
import { ownVersion } from '../../src/own-version.ts'

/** Makes the function that writes a backup. */
export function createSave({ db, vault }: Pick<FastifyInstance, 'db' | 'vault'>) {
  /**
   * Everything that is stored, the history aside, as it is at this moment; passwords stay sealed.
   * @returns the lines of a backup; a stream that breaks off is no whole one
   * @throws {StoreReadError}
   */
  return async function save(): Promise<Readable> {
    const header: BackupHeader = {
      format: FORMAT,
      formatVersion: FORMAT_VERSION,
      schemaVersion: db.schemaVersion,
      keyId: vault.keyId,
      createdAt: new Date().toISOString(),
      program: ownVersion()
    }
    return Readable.from(writeBackup(header, await db.snapshot()), { objectMode: false })
  }
}
