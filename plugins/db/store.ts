import type { AuditEntry } from '../../schemas/audit.ts'
import type { Discovered, Imprint } from '../../schemas/device.ts'
import type { Operation, OperationDevice } from '../../schemas/operation.ts'
import type { PresetRecord } from '../../schemas/preset.ts'
import type { StoredReading } from '../../schemas/telemetry.ts'
import type { StoredRecord } from '../../src/stored-record.ts'
import { BlobTable } from './blob-table.ts'
import { migrate, MIGRATIONS, newestOf, upgradeRecord, type Migration } from './migrations.ts'
import { explainOpenFailure, findDropped, locationOf, openDatabase } from './open.ts'
import { planReplacement, takeSnapshot } from './replace.ts'
import { probeDiskSpace } from './disk-space.ts'
import { GroupedTable } from './grouped-table.ts'
import { Table, type Change, type Database } from './table.ts'
import { isAuditEntry, isDiscovered, isImprint, isOperation, isPreset, isRecordOf, isText } from './tables.ts'
import { createWriter } from './writer.ts'

const RETRY_MS = 5000

export interface StoreOptions {
  /** Make a store where there is none. Default: true */
  mayCreate?: boolean
  migrations?: readonly Migration[]
  /** Time between two attempts to recover from a write that failed. Default: 5000 */
  retryMs?: number
  /** Told of each record that is damaged. */
  damaged?(table: string, key: string): void
  /** Told of each part of the database that could not be read when it was opened. */
  dropped?(what: string): void
  /** Told why writes begin to fail, and null when they are possible again. */
  writable?(failure: string | null): void
}

/**
 * Opens the store in `dataDir`, brings it up to date and reads it.
 * @throws see `openDatabase` and `migrate`: nothing is open then
 */
export async function openStore(dataDir: string, options: StoreOptions = {}) {
  const { migrations = MIGRATIONS, dropped = () => undefined } = options
  const level = await openDatabase(dataDir, options.mayCreate)
  try {
    for (const what of await findDropped(dataDir)) dropped(what)
    await migrate(level, dataDir, migrations)
    return await createStore(level, dataDir, options)
  } catch (error) {
    await level.close()
    throw explainOpenFailure(error, dataDir)
  }
}

async function createStore(level: Database, dataDir: string, options: StoreOptions) {
  const { migrations = MIGRATIONS, damaged = () => undefined, retryMs = RETRY_MS } = options
  const report = options.writable ?? (() => undefined)
  const writer = createWriter({ probe: () => probeDiskSpace(locationOf(dataDir)), reopen, retryMs, report })
  const imprinted = new Table<Imprint>(level, 'imprinted', isImprint)
  const discovered = new Table<Discovered>(level, 'discovered', isDiscovered)
  const presets = new Table<PresetRecord>(level, 'presets', isPreset)
  const operations = new Table<Operation>(level, 'operations', isOperation)
  const audit = new Table<AuditEntry>(level, 'audit', isAuditEntry)
  const operationRows = new GroupedTable<OperationDevice>(level, 'operation-rows', writer.read)
  const history = new BlobTable(level, 'history', writer)
  const meta = new Table<string>(level, 'meta', isText)
  const telemetry = level.sublevel<string, StoredReading>('telemetry', { valueEncoding: 'json' })
  const tables = { imprinted, discovered, presets, operations, audit, meta }
  await Promise.all(Object.values(tables).map((table) => table.load(damaged)))

  /** The sublevels close with the database, and do not open with it. What is in memory is what was stored. */
  async function reopen(): Promise<void> {
    await level.close()
    await level.open()
    await Promise.all([...Object.values(tables), operationRows, history, telemetry].map((part) => part.open()))
  }

  return {
    imprinted,
    discovered,
    presets,
    operations,
    /** Who asked for what, by its number. */
    audit,
    /** What became of the devices of an operation. */
    operationRows,
    /** Averages of what was measured, by hour. */
    history,
    /** What the store knows about itself. */
    meta,
    /** The version of its records. */
    schemaVersion: newestOf(migrations),

    /** What is written now is kept. */
    get isOpen(): boolean {
      return level.status === 'open' && writer.failure === null
    },

    /** Why nothing can be written; null while it can. */
    get writeFailure(): string | null {
      return writer.failure
    },

    /**
     * Makes the changes that `plan` returns, all or none; when the promise resolves they are on disk. `plan` runs when
     * its turn has come, so what it reads from the tables is what its changes will be based on.
     * @throws {StoreWriteError}
     */
    async commit(plan: () => Change[], options: { sync: boolean } = { sync: true }): Promise<void> {
      await writer.write(async () => {
        const changes = plan()
        if (changes.length === 0) return
        await level.batch(
          changes.map((change) => change.operation),
          options
        )
        for (const change of changes) change.apply()
      })
    },

    /** Every whole record but those of the history, as all of them are now. It has to be read to its end, or closed. */
    snapshot: (): Promise<AsyncGenerator<StoredRecord>> => writer.read(async () => takeSnapshot(level)),

    /** Tells a record that a table of this store can have. */
    isRecord: ({ table, key, value }: StoredRecord): boolean => isRecordOf(table, key, value),

    /** Brings a record of an older store up to date; null when there is no such record any more. */
    upgrade: (record: StoredRecord, fromVersion: number) => upgradeRecord(record, fromVersion, migrations),

    /**
     * Makes these the records of every table, all or none; the history stays, and so does what the store knows of its
     * own version and key. `ready` runs at the last moment: when it throws, nothing is changed.
     * @throws {StoreWriteError}
     */
    async replace(records: StoredRecord[], ready: () => void): Promise<void> {
      await writer.write(async () => {
        const { batch, kept } = await planReplacement(level, records)
        ready()
        await level.batch(batch, { sync: true })
        for (const [name, table] of Object.entries(tables)) table.replace(kept.filter((one) => one.table === name))
      })
    },

    /** The last reading stored of each of these devices, in their order; undefined where there is none. */
    readTelemetry: (macs: string[]) => writer.read(() => telemetry.getMany(macs)),

    /** Stores last readings without waiting for the disk: losing the newest to a crash does no harm. */
    async writeTelemetry(readings: ReadonlyMap<string, StoredReading | null>): Promise<void> {
      const changes = [...readings].map(([key, value]) =>
        value === null ? { type: 'del' as const, key } : { type: 'put' as const, key, value }
      )
      if (changes.length > 0) await writer.write(() => telemetry.batch(changes))
    },

    async close(): Promise<void> {
      await writer.close()
      await level.close()
    }
  }
}
export type Store = Awaited<ReturnType<typeof openStore>>
