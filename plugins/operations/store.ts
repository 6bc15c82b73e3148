import type { FastifyInstance } from 'fastify'
import type { Counts, DeviceStatus, Operation, OperationDevice, OperationStatus } from '../../schemas/operation.ts'
import { DEVICE_STATUSES } from '../../schemas/operation.ts'

/** Number of operations to keep. Beyond that the oldest finished ones are deleted. */
const MAX_OPERATIONS = 100
export const INTERRUPTED = 'interrupted by a restart of the backend'

const FINAL_STATUSES: ReadonlySet<OperationStatus> = new Set(['done', 'cancelled', 'stopped', 'interrupted'])

/** Whether an operation is final. */
const hasEnded = ({ status }: Pick<Operation, 'status'>) => FINAL_STATUSES.has(status)

/** Counts devices by status. */
export function countStatuses(rows: Iterable<Pick<OperationDevice, 'status'>>): Counts {
  const counts = Object.fromEntries(DEVICE_STATUSES.map((status) => [status, 0])) as Record<DeviceStatus, number>
  for (const { status } of rows) counts[status]++
  return counts
}

/** Creates the store of operations. Each has a header, and one row per device. */
export function createOperationStore({ db }: Pick<FastifyInstance, 'db'>) {
  const { operations, operationRows } = db
  const putRows = (id: string, rows: OperationDevice[]) => rows.map((row) => operationRows.put(id, row.mac, row))
  const save = (operation: Operation, rows: OperationDevice[], options?: { sync: boolean }) =>
    db.commit(() => [operations.put(operation.id, operation), ...putRows(operation.id, rows)], options)

  return {
    get: (id: string): Operation | undefined => operations.get(id),

    /** Newest first. */
    list: (): Operation[] => operations.list().reverse(),

    /** Reads the devices of an operation, sorted by MAC. */
    rows: (id: string): Promise<OperationDevice[]> => operationRows.list(id),

    /** Stores an operation and some of its devices atomically. Resolves when they are on disk. */
    save,

    /** Deletes the oldest finished operations and their devices, to bound the history. */
    async prune(isOver: () => boolean): Promise<void> {
      const surplus = Math.max(0, operations.size - MAX_OPERATIONS)
      const old = operations.list().filter(hasEnded).slice(0, surplus)
      for (let i = 0; i < old.length && !isOver(); i += MAX_OPERATIONS) {
        const changes = old
          .slice(i, i + MAX_OPERATIONS)
          .map(async ({ id }) => [operations.del(id), ...(await operationRows.del(id))])
        const all = (await Promise.all(changes)).flat()
        await db.commit(() => all)
      }
    },

    /** Stores only devices. With `sync` they are on disk when it resolves; without it a power failure may lose them. */
    saveRows: (id: string, rows: OperationDevice[], options: { sync: boolean }): Promise<void> =>
      db.commit(() => putRows(id, rows), options),

    /**
     * Marks operations as interrupted that the previous process did not finish. Devices in progress become `unknown`, queued
     * ones `skipped`. Nothing is repeated.
     * @param ids only these operations; default: all
     * @returns the interrupted operations
     */
    async recover(ids?: ReadonlySet<string>): Promise<Operation[]> {
      const recovered = []
      const candidates = operations.list().filter(({ id }) => ids?.has(id) ?? true)
      for (const operation of candidates.filter((operation) => !hasEnded(operation))) {
        const rows = (await operationRows.list(operation.id)).map(toInterrupted)
        const finishedAt = new Date().toISOString()
        const after: Operation = { ...operation, status: 'interrupted', counts: countStatuses(rows), finishedAt }
        await save(after, rows)
        recovered.push(after)
      }
      return recovered
    }
  }
}
export type OperationStore = ReturnType<typeof createOperationStore>

function toInterrupted(row: OperationDevice): OperationDevice {
  if (row.status === 'running') return { ...row, status: 'unknown', reason: INTERRUPTED }
  if (row.status === 'queued') return { ...row, status: 'skipped', reason: INTERRUPTED }
  return row
}
