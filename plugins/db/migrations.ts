import { MigrationError, StoreVersionError } from '../../src/errors/start.ts'
import type { StoredRecord } from '../../src/backup-file/format.ts'
import { rawKeyOf, readRecords } from './records.ts'
import type { Database } from './table.ts'

/** One step from the previous version to `version`. It applies to the store and to the records of older backups. */
export interface Migration {
  readonly version: number
  /** What the step does, in a few words for error messages. */
  readonly name: string
  /**
   * Returns the record in its new form: the same object if nothing changes, null to delete it. A record that already has the
   * new form must stay unchanged, because a repair can lose the version number.
   */
  change(record: StoredRecord): StoredRecord | null
}

/** The version of a store that records no version. */
const FIRST_VERSION = 1
export const VERSION_KEY = 'schemaVersion'
/** Key of the number of synced commits. */
export const SEQUENCE_KEY = 'sequence'

/** All migrations, sorted by version. Versions start at 2 and have no gaps. */
export const MIGRATIONS: readonly Migration[] = []

/** The version of a store after all of these migrations. */
export const newestOf = (migrations: readonly Migration[]): number => migrations.at(-1)?.version ?? FIRST_VERSION

/** Migrates one record of an older version. @returns null when the migrations delete it */
export function upgradeRecord(record: StoredRecord, from: number, migrations: readonly Migration[]) {
  let current: StoredRecord | null = record
  for (const { version, change } of migrations) if (current && version > from) current = change(current)
  return current
}

/**
 * Migrates a store step by step. Each step and its version are one atomic batch.
 * @throws {StoreVersionError} a newer program wrote the store
 * @throws {MigrationError} a step failed; the store is as it was before that step
 */
export async function migrate(level: Database, dataDir: string, migrations: readonly Migration[]): Promise<void> {
  const rawKey = rawKeyOf({ table: 'meta', key: VERSION_KEY })
  const stored = await level.get(rawKey)
  const version = stored === undefined ? FIRST_VERSION : Number(stored)
  const newest = newestOf(migrations)
  if (!Number.isInteger(version) || version < FIRST_VERSION || version > newest)
    throw new StoreVersionError(dataDir, String(stored), newest)
  for (const migration of migrations.filter((one) => one.version > version)) {
    const changes = await planMigration(level, dataDir, migration)
    await level.batch([...changes, { type: 'put', key: rawKey, value: `${migration.version}` }], { sync: true })
  }
  if (stored === undefined && version === newest) await level.put(rawKey, `${version}`, { sync: true })
}

async function planMigration(level: Database, dataDir: string, { version, name, change }: Migration) {
  const removed: { type: 'del'; key: string }[] = []
  const put: { type: 'put'; key: string; value: unknown }[] = []
  for await (const { rawKey, ...record } of readRecords(level)) {
    if (record.value === undefined || record.key === VERSION_KEY) continue
    try {
      const after = change(record)
      if (after === record) continue
      removed.push({ type: 'del', key: rawKey })
      if (after) put.push({ type: 'put', key: rawKeyOf(after), value: after.value })
    } catch (cause) {
      throw new MigrationError(dataDir, version, name, `${rawKey}: ${(cause as Error).message}`, { cause })
    }
  }
  return [...removed, ...put]
}
