import type { FastifyInstance } from 'fastify'
import { ClosingError, TooManyOperationsError } from '../../src/errors/limits.ts'
import { OperationNotFoundError } from '../../src/errors/requests.ts'
import type { BulkBody, DryRun, Operation, OperationDetail } from '../../schemas/operation.ts'
import type { Otp } from '../../schemas/system.ts'
import { createDeviceLocks } from './device-locks.ts'
import { createDryRun } from './dry-run.ts'
import { createPerform } from './perform.ts'
import { createProgress } from './progress.ts'
import { CONCURRENCY, toCommand, toRecords } from './records.ts'
import { checkRequest } from './request.ts'
import { Run } from './run.ts'
import { selectDevices } from './selection.ts'
import { createOperationStore } from './store.ts'

/** How long devices in progress may take to finish when the service stops. */
const STOP_TIMEOUT_MS = 2000

type Parts = Pick<
  FastifyInstance,
  'axeos' | 'bus' | 'commands' | 'config' | 'db' | 'deviceHub' | 'devices' | 'log' | 'presets'
>

/** Creates the operations: each runs one command on many devices in the background and records the result of each. */
export function createOperations(parts: Parts) {
  const { bus, config, log, presets } = parts
  const store = createOperationStore(parts)
  const running = new Map<string, Run>()
  const runParts = { store, perform: createPerform(parts), locks: createDeviceLocks(), log, progressOf }
  const dryRun = createDryRun(parts)
  let closing = false
  let starting = 0

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

  async function prune(): Promise<void> {
    await store
      .prune(() => closing)
      .catch((err) => closing || log.error({ err }, 'old operations could not be deleted'))
  }

  async function execute(run: Run): Promise<void> {
    const { id, action, total } = run.operation
    log.info({ operation: id, action, total }, 'an operation has started')
    // An operation that could not be stored stays in memory.
    if (await run.start()) running.delete(id)
    log.info({ operation: id, status: run.operation.status, counts: run.operation.counts }, 'an operation has ended')
  }

  return {
    /** Returns an operation without its devices. */
    get: (id: string): Operation | undefined => running.get(id)?.operation ?? store.get(id),

    /** Returns all kept operations without their devices, newest first. */
    list: (): Operation[] => store.list().map(({ id }) => require(id)),

    /** Returns an operation with its devices. @throws {OperationNotFoundError} */
    async detail(id: string): Promise<OperationDetail> {
      const operation = require(id)
      return { ...operation, devices: running.get(id)?.rows ?? (await store.rows(id)) }
    },

    /**
     * Stores and starts an operation. Resolves when it is on disk.
     * @throws {PresetUnknownError} or a validation error: the request is not valid
     * @throws {DeviceNotFoundError | NoDeviceMatchesError} it selects no device @throws {ClosingError}
     * @throws {TooManyOperationsError}
     */
    async start(body: BulkBody, otp: Otp): Promise<Operation> {
      checkRequest(body, presets)
      const selection = selectDevices(body, parts)
      if (closing) throw new ClosingError()
      if (running.size + starting >= config.MAX_RUNNING_OPERATIONS)
        throw new TooManyOperationsError(config.MAX_RUNNING_OPERATIONS)
      const { operation, rows } = toRecords(body, selection)
      starting++
      try {
        await store.save(operation, rows)
        await prune()
      } finally {
        starting--
      }
      if (closing) throw new ClosingError()
      const run = new Run(runParts, operation, rows, toCommand(body, otp))
      running.set(operation.id, run)
      void execute(run)
      return run.operation
    },

    /** Predicts what `start` would do to each device: reads the miners, and changes nothing. @throws as `start` */
    async dryRun(body: BulkBody): Promise<DryRun> {
      checkRequest(body, presets)
      return dryRun(selectDevices(body, parts), toCommand(body), body.concurrency ?? CONCURRENCY)
    },

    /**
     * Cancels an operation: no further device is started, and devices in progress finish. No effect once it has ended.
     * @throws {OperationNotFoundError}
     */
    async cancel(id: string): Promise<Operation> {
      require(id)
      await running.get(id)?.cancel()
      return require(id)
    },

    /** Marks operations as interrupted that the previous process did not finish: all of them, or only these. */
    async recover(ids?: ReadonlySet<string>): Promise<void> {
      for (const { id, counts } of await store.recover(ids)) {
        log.warn({ operation: id, counts }, 'an operation was interrupted: GET /operations/:id lists its devices')
      }
      // There may be many old ones, so nobody waits for their removal.
      void prune()
    },

    /** Starts nothing more, and stores the final state of every operation. */
    async close(): Promise<void> {
      closing = true
      await Promise.all([...running.values()].map((run) => run.interrupt(STOP_TIMEOUT_MS)))
    }
  }
}
export type Operations = ReturnType<typeof createOperations>
