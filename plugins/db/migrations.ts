import { MigrationError, StoreVersionError } from '../../src/errors/start.ts'
import type { StoredRecord } from '../../src/stored-record.ts'
import { rawKeyOf, readRecords } from './records.ts'
import type { Database } from './table.ts'

/** One step from the version before to `version`, for the store and for the records of older backups alike. */
export interface Migration {
  readonly version: number
  /** What it does, in a few words for messages. */
  readonly name: string
  /**
   * What becomes of a record: the same object where nothing does, null where it goes. A record that has its new form
   * already stays as it is, since a repair may lose the version.
   */
  change(record: StoredRecord): StoredRecord | null
}

/** A store that says nothing of a version has this one. */
export const FIRST_VERSION = 1
export const VERSION_KEY = 'schemaVersion'

/** Every migration there is, in the order of their versions, which go up by one from 2 on. */
export const MIGRATIONS: readonly Migration[] = []

/** The version that a store has after all of these. */
export const newestOf = (migrations: readonly Migration[]): number => migrations.at(-1)?.version ?? FIRST_VERSION

/** Brings one record of an older version up to date. @returns null when there is no such record any more */
export function upgradeRecord(record: StoredRecord, from: number, migrations: readonly Migration[]) {
  let current: StoredRecord | null = record
  for (const { version, change } of migrations) if (current && version > from) current = change(current)
  return current
}

/**
 * Brings a store up to date, step by step; each is on disk whole, with its version, or not at all.
 * @throws {StoreVersionError} a newer program wrote it @throws {MigrationError} a step failed
 */
export async function migrate(level: Database, dataDir: string, migrations: readonly Migration[]): Promise<void> {
  const rawKey = rawKeyOf({ table: 'meta', key: VERSION_KEY })
  const stored = await level.get(rawKey)
  const version = stored === undefined ? FIRST_VERSION : Number(stored)
  const newest = newestOf(migrations)
  if (!Number.isInteger(version) || version < FIRST_VERSION || version > newest)
    throw new StoreVersionError(dataDir, String(stored), newest)
  for (const migration of migrations.filter((one) => one.version > version)) {
    const changes = await planStep(level, dataDir, migration)
    await level.batch([...changes, { type: 'put', key: rawKey, value: `${migration.version}` }], { sync: true })
  }
  if (stored === undefined && version === newest) await level.put(rawKey, `${version}`, { sync: true })
}

async function planStep(level: Database, dataDir: string, { version, name, change }: Migration) {
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
