import type { BatchOperation } from 'level'
import type { AuditEntry } from '../../schemas/audit.ts'
import type { Discovered, Imprint } from '../../schemas/device.ts'
import type { Operation, OperationDevice } from '../../schemas/operation.ts'
import type { PresetRecord } from '../../schemas/preset.ts'
import type { StoredReading } from '../../schemas/telemetry.ts'
import type { StoredRecord } from '../../src/backup-file/format.ts'
import { BlobTable } from './blob-table.ts'
import { migrate, MIGRATIONS, newestOf, SEQUENCE_KEY, upgradeRecord, type Migration } from './migrations.ts'
import { dataFilesOf, explainOpenFailure, findDropped, locationOf, openDatabase } from './open.ts'
import { isOwnRecord, planReplacement, takeSnapshot } from './replace.ts'
import { createGuard, type RepairedFiles } from './guard.ts'
import { GroupedTable } from './grouped-table.ts'
import { Table, type Change, type Database } from './table.ts'
import { isAuditEntry, isDiscovered, isImprint, isOperation, isPreset, isRecordOf, isString } from './tables.ts'
import { countLost, createWitness, identifyStore, readWitness, type Witness } from './witness.ts'
import { createWriter } from './writer.ts'

const RETRY_MS = 5000
const CHECK_MS = 2000

interface StoreOptions {
  /** Create a store if none exists. Default: true */
  mayCreate?: boolean
  migrations?: readonly Migration[]
  /** Time between two attempts to recover from a failed write, in ms. Default: 5000 */
  retryMs?: number
  /** Time between two checks of the database's files while there are no writes, in ms. Default: 2000 */
  checkMs?: number
  /** Called for each damaged record. */
  onDamaged?(table: string, key: string): void
  /** Called for each part of the database that LevelDB could not read when it opened. */
  onDropped?(what: string): void
  /** Called when the store holds fewer synced commits than it did; `counts` are the records that it held, by table. */
  onLost?(commits: number, counts: Witness['counts']): void
  /** Called when files that others had deleted or cut off were written again. */
  onRepaired?(repaired: RepairedFiles): void
  /** Called with the reason when writes start to fail, and with null when they succeed again. */
  onWritableChange?(failure: string | null): void
}

/**
 * Opens the store in `dataDir`, migrates it and loads it.
 * @throws see `openDatabase` and `migrate`; the database is closed again
 */
export async function openStore(dataDir: string, options: StoreOptions = {}) {
  const { migrations = MIGRATIONS, onDropped = () => undefined } = options
  const isNew = (await dataFilesOf(locationOf(dataDir))).length === 0
  const level = await openDatabase(dataDir, options.mayCreate)
  try {
    for (const what of await findDropped(dataDir)) onDropped(what)
    await migrate(level, dataDir, migrations)
    return await createStore(level, dataDir, isNew, options)
  } catch (error) {
    await level.close()
    throw explainOpenFailure(error, dataDir)
  }
}

async function createStore(level: Database, dataDir: string, isNew: boolean, options: StoreOptions) {
  const { migrations = MIGRATIONS, retryMs = RETRY_MS, checkMs = CHECK_MS } = options
  const { onDamaged = () => undefined, onWritableChange: report = () => undefined } = options
  const { onLost = () => undefined, onRepaired = () => undefined } = options
  const location = locationOf(dataDir)
  const writer = createWriter({ probe: () => guard.probe(), reopen, retryMs, report })
  const imprinted = new Table<Imprint>(level, 'imprinted', isImprint)
  const discovered = new Table<Discovered>(level, 'discovered', isDiscovered)
  const presets = new Table<PresetRecord>(level, 'presets', isPreset)
  const operations = new Table<Operation>(level, 'operations', isOperation)
  const audit = new Table<AuditEntry>(level, 'audit', isAuditEntry)
  const operationRows = new GroupedTable<OperationDevice>(level, 'operation-rows', writer.read)
  const history = new BlobTable(level, 'history', { write, read: writer.read })
  const meta = new Table<string>(level, 'meta', isString)
  const telemetry = level.sublevel<string, StoredReading>('telemetry', { valueEncoding: 'json' })
  const tables = { imprinted, discovered, presets, operations, audit, meta }
  await Promise.all(Object.values(tables).map((table) => table.load(onDamaged)))

  const guard = createGuard({ level, location, tables, openParts, onRepaired })
  await guard.start()
  const sequenceOf = () => Number(meta.get(SEQUENCE_KEY) ?? 0)
  const witness = createWitness(dataDir)
  let storeId = await identifyStore(dataDir)
  const before = await readWitness(dataDir)
  const lostCommits = countLost(before, storeId, sequenceOf(), isNew)
  if (before && lostCommits > 0) onLost(lostCommits, before.counts)
  const timer = setInterval(() => void checkFiles(), checkMs).unref()

  /** Sublevels close with the database but do not reopen with it. */
  function openParts() {
    return Promise.all([...Object.values(tables), operationRows, history, telemetry].map((part) => part.open()))
  }

  /** Memory needs no reload: it holds what was stored. */
  async function reopen(): Promise<void> {
    await guard.reopen()
    storeId = await identifyStore(dataDir)
  }

  async function checkFiles(): Promise<void> {
    if (writer.failure === null) await writer.write(() => guard.check(true)).catch(() => undefined)
  }

  /** The writer's `write`, for a database whose files are in place. */
  function write<T>(task: () => Promise<T>): ReturnType<typeof task> {
    return writer.write(async () => {
      await guard.check(false)
      try {
        return await task()
      } finally {
        await guard.afterWrite()
      }
    })
  }

  /** Writes a batch that is numbered, and on disk when the promise resolves. @returns applies its number in memory */
  async function writeNumbered(batch: BatchOperation<Database, string, unknown>[]): Promise<() => Promise<void>> {
    const number = meta.put(SEQUENCE_KEY, String(sequenceOf() + 1))
    await level.batch([...batch, number.operation], { sync: true })
    return async () => {
      number.apply()
      const counts = { imprinted: imprinted.size, presets: presets.size, operations: operations.size }
      await witness.write({ store: storeId, sequence: sequenceOf(), counts })
    }
  }

  return {
    imprinted,
    discovered,
    presets,
    operations,
    /** Who requested which change, by sequence number. */
    audit,
    /** The result of each device of an operation. */
    operationRows,
    /** Averages of the measurements, by hour. */
    history,
    /** What the store records about itself. */
    meta,
    /** The version of the store's records. */
    schemaVersion: newestOf(migrations),

    /** Whether writes succeed now. */
    get isOpen(): boolean {
      return level.status === 'open' && writer.failure === null
    },

    /** How many synced commits were missing when the store was opened. */
    lostCommits,

    /** Adds a check that runs before each write and at intervals. Writes are refused while it throws a `StoreFilesError`. */
    addCheck: guard.addCheck,

    /** Why writes fail; null while they succeed. */
    get writeFailure(): string | null {
      return writer.failure
    },

    /**
     * Applies the changes that `plan` returns in one atomic batch. With `sync`, they are on disk when the promise resolves.
     * `plan` runs after all earlier commits, so it sees their results.
     * @throws {StoreWriteError}
     */
    async commit(plan: () => Change[], options: { sync: boolean } = { sync: true }): Promise<void> {
      await write(async () => {
        const changes = plan()
        if (changes.length === 0) return
        const batch = changes.map((change) => change.operation)
        const applyNumber = options.sync ? await writeNumbered(batch) : await level.batch(batch, options)
        for (const change of changes) change.apply()
        await applyNumber?.()
      })
    },

    /** Reads every valid record except the history, as of now. The caller must read it to its end or close it. */
    snapshot: (): Promise<AsyncGenerator<StoredRecord>> => writer.read(async () => takeSnapshot(level)),

    /** Whether a record is valid for its table. */
    isRecord: ({ table, key, value }: StoredRecord): boolean => isRecordOf(table, key, value),

    /** Whether a record describes this store, so that a backup does not replace it. */
    isOwnRecord,

    /** Migrates a record of an older store; null when the migrations delete it. */
    upgrade: (record: StoredRecord, fromVersion: number) => upgradeRecord(record, fromVersion, migrations),

    /**
     * Replaces the records of every table in one atomic batch. The history, the audit trail, the store's version and the id of
     * its key stay. `beforeWrite` runs just before the batch: if it throws, nothing changes.
     * @throws {StoreWriteError}
     */
    async replace(records: StoredRecord[], beforeWrite: () => void): Promise<void> {
      await write(async () => {
        const { batch, kept } = await planReplacement(level, records)
        beforeWrite()
        const applyNumber = await writeNumbered(batch)
        for (const [name, table] of Object.entries(tables)) table.replace(kept.filter((one) => one.table === name))
        await applyNumber()
      })
    },

    /** Returns the last stored reading of each device, in the order of `macs`; undefined for a device without one. */
    readTelemetry: (macs: string[]) => writer.read(() => telemetry.getMany(macs)),

    /** Returns the change that stores the last reading of a device, for `commit`. */
    putTelemetry: (key: string, value: StoredReading): Change => ({
      operation: { type: 'put', sublevel: telemetry, key, value },
      apply: () => undefined
    }),

    /** Stores last readings without waiting for the disk, because a crash may lose the newest. null deletes a reading. */
    async writeTelemetry(readings: ReadonlyMap<string, StoredReading | null>): Promise<void> {
      const changes = [...readings].map(([key, value]) =>
        value === null ? { type: 'del' as const, key } : { type: 'put' as const, key, value }
      )
      if (changes.length > 0) await write(() => telemetry.batch(changes))
    },

    async close(): Promise<void> {
      clearInterval(timer)
      await writer.close()
      await level.close()
      await Promise.all([guard.stop(), witness.close()])
    }
  }
}
export type Store = Awaited<ReturnType<typeof openStore>>
