import type { FastifyInstance } from 'fastify'
import type { Counts, DeviceStatus, Operation, OperationDevice, OperationStatus } from '../../schemas/operation.ts'
import { DEVICE_STATUSES } from '../../schemas/operation.ts'

/** Operations that are kept; beyond that the oldest finished ones are forgotten. */
const HISTORY = 100
export const INTERRUPTED = 'interrupted by a restart of the backend'

const ENDS: ReadonlySet<OperationStatus> = new Set(['done', 'cancelled', 'stopped', 'interrupted'])

/** Tells whether nothing will change about an operation any more. */
const hasEnded = ({ status }: Pick<Operation, 'status'>) => ENDS.has(status)

/** Counts devices by status. */
export function countStatuses(rows: Iterable<Pick<OperationDevice, 'status'>>): Counts {
  const counts = Object.fromEntries(DEVICE_STATUSES.map((status) => [status, 0])) as Record<DeviceStatus, number>
  for (const { status } of rows) counts[status]++
  return counts
}

/** What is on disk of operations: headers, and for each device of each of them a row of its own. */
export function createOperationStore({ db }: Pick<FastifyInstance, 'db'>) {
  const { operations, operationRows } = db
  const putRows = (id: string, rows: OperationDevice[]) => rows.map((row) => operationRows.put(id, row.mac, row))
  const save = (operation: Operation, rows: OperationDevice[], options?: { sync: boolean }) =>
    db.commit(() => [operations.put(operation.id, operation), ...putRows(operation.id, rows)], options)

  return {
    get: (id: string): Operation | undefined => operations.get(id),

    /** Newest first. */
    list: (): Operation[] => operations.list().reverse(),

    /** The devices of an operation as they are on disk, in the order of their MACs. */
    rows: (id: string): Promise<OperationDevice[]> => operationRows.list(id),

    /** Stores an operation with some of its devices, all or nothing. Resolves when they are on disk. */
    save,

    /** Forgets the oldest finished operations and their devices, so that the history stays bounded. */
    async prune(): Promise<void> {
      const surplus = Math.max(0, operations.size - HISTORY)
      for (const { id } of operations.list().filter(hasEnded).slice(0, surplus)) {
        const rows = await operationRows.del(id)
        await db.commit(() => [operations.del(id), ...rows])
      }
    },

    /** Stores devices alone. With `sync` they are on disk when it resolves; without, a power failure may lose them. */
    saveRows: (id: string, rows: OperationDevice[], options: { sync: boolean }): Promise<void> =>
      db.commit(() => putRows(id, rows), options),

    /**
     * Tells the truth about operations that the end of a process has cut off: what became of the devices that were being
     * spoken to is unknown, and the others were never asked. Nothing is repeated.
     * @param ids look at these alone
     * @returns the operations that were cut off
     */
    async recover(ids?: ReadonlySet<string>): Promise<Operation[]> {
      const recovered = []
      const wanted = operations.list().filter(({ id }) => ids?.has(id) ?? true)
      for (const operation of wanted.filter((operation) => !hasEnded(operation))) {
        const rows = (await operationRows.list(operation.id)).map(cutOff)
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

function cutOff(row: OperationDevice): OperationDevice {
  if (row.status === 'running') return { ...row, status: 'unknown', reason: INTERRUPTED }
  if (row.status === 'queued') return { ...row, status: 'skipped', reason: INTERRUPTED }
  return row
}
