import fp from 'fastify-plugin'
import type { AuditEntry } from '../../schemas/audit.ts'
import type { Discovered, Imprint } from '../../schemas/device.ts'
import type { Operation, OperationDevice } from '../../schemas/operation.ts'
import type { PresetRecord } from '../../schemas/preset.ts'
import type { StoredReading } from '../../schemas/telemetry.ts'
import { Chunks } from './chunks.ts'
import { openDatabase } from './open.ts'
import { Rows } from './rows.ts'
import { hasTexts, Table, type Change } from './table.ts'
import { createWriter } from './writer.ts'

/** Opens the store in `dataDir` and reads it. See `openDatabase` for how that can fail. */
export async function openStore(dataDir: string, report: (table: string, key: string) => void = () => undefined) {
  const level = await openDatabase(dataDir)
  const writer = createWriter(reopen)
  const imprinted = new Table<Imprint>(level, 'imprinted', hasTexts('mac', 'ip', 'ipSetAt', 'type', 'createdAt'))
  const discovered = new Table<Discovered>(level, 'discovered', isDiscovered)
  const presets = new Table<PresetRecord>(level, 'presets', isPreset)
  const operations = new Table<Operation>(level, 'operations', isOperation)
  const audit = new Table<AuditEntry>(level, 'audit', isAuditEntry)
  const operationRows = new Rows<OperationDevice>(level, 'operation-rows')
  const history = new Chunks(level, 'history', writer.write)
  const meta = new Table<string>(level, 'meta', (value) => typeof value === 'string')
  const telemetry = level.sublevel<string, StoredReading>('telemetry', { valueEncoding: 'json' })
  const tables = [imprinted, discovered, presets, operations, audit, meta]
  await Promise.all(tables.map((table) => table.load(report)))

  /** The sublevels close with the database, and do not open with it. What is in memory is what was stored. */
  async function reopen(): Promise<void> {
    await level.close()
    await level.open()
    await Promise.all([...tables, operationRows, history, telemetry].map((part) => part.open()))
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

    /** What is written now is kept. */
    get isOpen(): boolean {
      return level.status === 'open' && writer.isWhole
    },

    /**
     * Makes the changes that `plan` returns, all or none; when the promise resolves they are on disk. `plan` runs when
     * its turn has come, so what it reads from the tables is what its changes will be based on.
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

    /** The last reading stored of each of these devices, in their order; undefined where there is none. */
    readTelemetry: (macs: string[]) => telemetry.getMany(macs),

    /** Stores last readings without waiting for the disk: losing the newest to a crash does no harm. */
    async writeTelemetry(readings: ReadonlyMap<string, StoredReading | null>): Promise<void> {
      const operations = [...readings].map(([key, value]) =>
        value === null ? { type: 'del' as const, key } : { type: 'put' as const, key, value }
      )
      if (operations.length > 0) await writer.write(() => telemetry.batch(operations))
    },

    async close(): Promise<void> {
      await writer.close()
      await level.close()
    }
  }
}
const isDiscovered = (value: unknown): value is Discovered =>
  hasTexts<Discovered>('mac', 'ip', 'type', 'firstSeen', 'lastSeen')(value) && isObject(value.info)
const isPreset = (value: unknown): value is PresetRecord =>
  hasTexts<PresetRecord>('uuid', 'name', 'createdAt', 'updatedAt')(value) &&
  hasTexts<PresetRecord['configuration']>('stratumURL', 'stratumUser')(value.configuration) &&
  isObject(value.secrets)
const isOperation = (value: unknown): value is Operation =>
  hasTexts<Operation>('id', 'action', 'status', 'createdAt')(value) && isObject(value.counts)
const isAuditEntry = (value: unknown): value is AuditEntry =>
  hasTexts<AuditEntry>('id', 'at', 'ip', 'method', 'action')(value) && Array.isArray(value.devices)
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

export type Store = Awaited<ReturnType<typeof openStore>>

declare module 'fastify' {
  interface FastifyInstance {
    db: Store
  }
}

export default fp(
  async (app) => {
    const store = await openStore(app.config.DATA_DIR, (table, key) =>
      app.log.error({ table, key }, 'a stored record is damaged: it is left where it is, and not used')
    )
    app.decorate('db', store)
    app.addHook('onClose', () => store.close())
  },
  { name: 'db', fastify: '5.x' }
)
