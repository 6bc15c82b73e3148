import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { FORMAT, FORMAT_VERSION, type BackupHeader } from '../../src/backup-file/format.ts'
import { writeBackup } from '../../src/backup-file/write.ts'
import packageJson from '../../package.json' with { type: 'json' }

/** Creates the function that writes a backup. */
export function createSave({ db, vault }: Pick<FastifyInstance, 'db' | 'vault'>) {
  /**
   * Writes everything that is stored except the history and the audit trail, as of now. Passwords stay sealed.
   * @returns the lines of a backup; it is complete only if the stream ends without an error
   * @throws {StoreReadError}
   */
  return async function save(): Promise<Readable> {
    const header: BackupHeader = {
      format: FORMAT,
      formatVersion: FORMAT_VERSION,
      schemaVersion: db.schemaVersion,
      keyId: vault.keyId,
      createdAt: new Date().toISOString(),
      program: packageJson.version
    }
    return Readable.from(writeBackup(header, await db.snapshot()), { objectMode: false })
  }
}
