import type { FastifyInstance } from 'fastify'
import { ClosingError } from '../../src/errors/limits.ts'
import { OperationNotFoundError } from '../../src/errors/requests.ts'
import type { BulkBody, DryRun, Operation, OperationDetail } from '../../schemas/operation.ts'
import { createDryRun } from './dry-run.ts'
import { createPerform, type Order } from './perform.ts'
import { createProgress } from './progress.ts'
import { CONCURRENCY, toOrder, toRecords } from './records.ts'
import { checkRequest } from './request.ts'
import { Run } from './run.ts'
import { select } from './selection.ts'
import { createOperationStore } from './store.ts'
import { createTurns } from './device-locks.ts'

const PATIENCE_MS = 2000

type Parts = Pick<
  FastifyInstance,
  'axeos' | 'bus' | 'commands' | 'config' | 'db' | 'deviceHub' | 'devices' | 'log' | 'presets'
>

/** The operations: the same command for many devices, in the background, with what became of each of them. */
export function createOperations(parts: Parts) {
  const { bus, log, presets } = parts
  const store = createOperationStore(parts)
  const running = new Map<string, Run>()
  const runParts = { store, perform: createPerform(parts), turns: createTurns(), log, progressOf }
  const dryRun = createDryRun(parts)
  let closing = false

  function progressOf(operation: () => Operation) {
    return createProgress(() => {
      const { id, status, total, counts } = operation()
      bus.emit('operation.progress', { id, status, total, counts })
    })
  }

  /** @throws {OperationNotFoundError} */
  function require(id: string): Operation {
    const operation = running.get(id)?.operation ?? store.get(id)
    if (!operation) throw new OperationNotFoundError(id)
    return operation
  }

  async function carryOut(run: Run): Promise<void> {
    const { id, action, total } = run.operation
    log.info({ operation: id, action, total }, 'an operation has started')
    // What is not on disk is told from memory, as long as that lasts.
    if (await run.start()) running.delete(id)
    log.info({ operation: id, status: run.operation.status, counts: run.operation.counts }, 'an operation has ended')
  }

  return {
    /** How an operation stands, without its devices. */
    get: (id: string): Operation | undefined => running.get(id)?.operation ?? store.get(id),

    /** Every operation that is remembered, newest first, without devices. */
    list: (): Operation[] => store.list().map(({ id }) => require(id)),

    /** An operation with its devices. @throws {OperationNotFoundError} */
    async detail(id: string): Promise<OperationDetail> {
      const operation = require(id)
      return { ...operation, devices: running.get(id)?.rows ?? (await store.rows(id)) }
    },

    /**
     * Accepts a request, and begins to carry it out. Resolves when it is on disk.
     * @throws {PresetUnknownError} and validation errors: the request makes no sense
     * @throws {DeviceNotFoundError | NoDeviceMatchesError} it is about no device
     */
    async start(body: BulkBody, otp: Order['otp']): Promise<Operation> {
      checkRequest(body, presets)
      const selection = select(body, parts)
      if (closing) throw new ClosingError()
      const { operation, rows } = toRecords(body, selection)
      await store.save(operation, rows)
      await store.prune().catch((err) => log.error({ err }, 'old operations could not be forgotten'))
      if (closing) throw new ClosingError()
      const run = new Run(runParts, operation, rows, toOrder(body, otp))
      running.set(operation.id, run)
      void carryOut(run)
      return run.operation
    },

    /** What `start` would do to each device: asks the miners, and touches nothing. @throws as `start` */
    async dryRun(body: BulkBody): Promise<DryRun> {
      checkRequest(body, presets)
      return dryRun(select(body, parts), toOrder(body), body.concurrency ?? CONCURRENCY)
    },

    /**
     * Begins no further device of an operation; those that were begun end by themselves. Without effect when it has ended.
     * @throws {OperationNotFoundError}
     */
    async cancel(id: string): Promise<Operation> {
      require(id)
      await running.get(id)?.cancel()
      return require(id)
    },

    /** Tells the truth about what the end of the process before has cut off: about all of them, or about these. */
    async recover(ids?: ReadonlySet<string>): Promise<void> {
      for (const { id, counts } of await store.recover(ids)) {
        log.warn({ operation: id, counts }, 'an operation was interrupted: see GET /operations for the devices')
      }
    },

    /** Begins nothing any more, and leaves every operation in a state that is true. */
    async close(): Promise<void> {
      closing = true
      await Promise.all([...running.values()].map((run) => run.interrupt(PATIENCE_MS)))
    }
  }
}
export type Operations = ReturnType<typeof createOperations>
