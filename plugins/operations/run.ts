import type { FastifyBaseLogger } from 'fastify'
import PQueue from 'p-queue'
import { isStoreFailure } from '../../src/errors/code-of.ts'
import type { DeviceStatus, Operation, OperationDevice, OperationStatus } from '../../schemas/operation.ts'
import type { DeviceLock, DeviceLocks } from './device-locks.ts'
import type { DeviceCommand, DeviceOutcome, Perform } from './perform.ts'
import type { Progress } from './progress.ts'
import { countStatuses, INTERRUPTED, type OperationStore } from './store.ts'

interface RunParts {
  store: Pick<OperationStore, 'save' | 'saveRows'>
  perform: Perform
  locks: DeviceLocks
  log: FastifyBaseLogger
  /** Creates the progress reporter of an operation. */
  progressOf(operation: () => Operation): Progress
}

const NOT_RECORDED: DeviceOutcome = {
  status: 'failed',
  reason: 'could not be recorded on disk, so nothing was sent',
  code: 'PLUTO_NOT_RECORDED'
}

const FINAL_STATUS: Partial<Record<OperationStatus, OperationStatus>> = {
  running: 'done',
  cancelling: 'cancelled',
  stopping: 'stopped'
}

/** A running operation: starts its devices in order and records the outcome of each. */
export class Run {
  readonly #parts: RunParts
  readonly #command: DeviceCommand
  readonly #rows: Map<string, OperationDevice>
  readonly #locks: Map<string, DeviceLock>
  readonly #progress: Progress
  readonly #stopped = Promise.withResolvers<undefined>()
  readonly #finished = Promise.withResolvers<undefined>()
  /** Devices whose newest row is not on disk, because writing it failed. */
  readonly #unsaved = new Set<string>()
  #operation: Operation
  #stored = false

  constructor(parts: RunParts, operation: Operation, rows: OperationDevice[], command: DeviceCommand) {
    this.#parts = parts
    this.#command = command
    this.#operation = { ...operation, counts: countStatuses(rows) }
    this.#rows = new Map(rows.map((row) => [row.mac, row]))
    this.#locks = new Map(this.#withStatus('queued').map(({ mac }) => [mac, parts.locks.request(mac)]))
    this.#progress = parts.progressOf(() => this.operation)
  }

  /** The operation as it stands, without its devices. */
  get operation(): Operation {
    return { ...this.#operation, counts: { ...this.#operation.counts } }
  }

  /** Its devices, sorted by MAC. */
  get rows(): OperationDevice[] {
    return [...this.#rows.values()]
  }

  /** Runs every device. @returns whether the whole result is on disk */
  async start(): Promise<boolean> {
    const queue = new PQueue({ concurrency: this.#operation.concurrency })
    for (const { mac } of this.#withStatus('queued')) void queue.add(() => this.#runDevice(mac))
    await queue.onIdle()
    await this.#finish()
    return this.#stored
  }

  /** Starts no further device. No effect once every device has been started. */
  async cancel(): Promise<void> {
    if (this.#operation.status === 'running') await this.#skipQueued('cancelling', 'cancelled')
  }

  /** Stops for the end of the process. A device still in progress after `timeoutMs` becomes `unknown`. */
  async interrupt(timeoutMs: number): Promise<void> {
    await this.#skipQueued('interrupted', INTERRUPTED)
    const timeout = setTimeout(() => void this.#abandon(), timeoutMs)
    await this.#finished.promise
    clearTimeout(timeout)
  }

  async #abandon(): Promise<void> {
    if (this.#operation.finishedAt !== undefined) return
    const outcome = { status: 'unknown', reason: INTERRUPTED } as const
    this.#operation.status = 'interrupted'
    await this.#store(this.#withStatus('running').map(({ mac }) => this.#change(mac, outcome)))
    await this.#finish()
  }

  async #runDevice(mac: string): Promise<void> {
    await Promise.race([this.#locks.get(mac)?.acquired, this.#stopped.promise])
    if (!(await this.#markRunning(mac))) return
    const outcome = await this.#parts.perform(mac, this.#command)
    if (this.#rows.get(mac)?.status === 'running') await this.#recordOutcome(mac, outcome)
  }

  /** Stores that a device has started before anything is sent, so that a crash leaves a trace of every attempt. */
  async #markRunning(mac: string): Promise<boolean> {
    if (this.#rows.get(mac)?.status !== 'queued') return false
    const row = this.#change(mac, { status: 'running', startedAt: new Date().toISOString() })
    const recorded = await this.#store([row])
    if (this.#rows.get(mac)?.status !== 'running') return false
    if (!recorded) await this.#recordOutcome(mac, NOT_RECORDED)
    return recorded
  }

  async #recordOutcome(mac: string, outcome: DeviceOutcome): Promise<void> {
    await this.#store([this.#change(mac, { ...outcome, finishedAt: new Date().toISOString() })], { sync: false })
    await this.#countFailures()
  }

  async #countFailures(): Promise<void> {
    const { counts, stopAfterFailures = Infinity, status } = this.#operation
    const failures = counts.failed + counts.notApplied
    if (status === 'running' && failures >= stopAfterFailures) {
      await this.#skipQueued('stopping', `stopped after ${failures} failures`)
    }
  }

  /** Skips every queued device, and changes the status only if there is one. */
  async #skipQueued(status: OperationStatus, reason: string): Promise<void> {
    const queued = this.#withStatus('queued')
    if (queued.length === 0) return
    this.#operation.status = status
    const skipped = queued.map(({ mac }) => this.#change(mac, { status: 'skipped', reason }))
    this.#stopped.resolve(undefined)
    await this.#store(skipped)
  }

  async #finish(): Promise<void> {
    if (this.#operation.finishedAt !== undefined) return
    const { status } = this.#operation
    Object.assign(this.#operation, { status: FINAL_STATUS[status] ?? status, finishedAt: new Date().toISOString() })
    try {
      const unsaved = this.rows.filter(({ mac }) => this.#unsaved.has(mac))
      await this.#parts.store.save(this.operation, unsaved)
      this.#stored = true
    } catch (err) {
      this.#report(err, 'the end of an operation could not be stored')
    }
    this.#progress.finish()
    this.#finished.resolve(undefined)
  }

  #report(err: unknown, message: string): void {
    if (!isStoreFailure(err)) this.#parts.log.error({ err, operation: this.#operation.id }, message)
  }

  #withStatus(status: DeviceStatus): OperationDevice[] {
    return this.rows.filter((row) => row.status === status)
  }

  #change(mac: string, change: DeviceOutcome & Partial<OperationDevice>): OperationDevice {
    const before = this.#rows.get(mac)
    const row = { ...before, ...change, mac }
    this.#rows.set(mac, row)
    const { counts } = this.#operation
    if (before) counts[before.status]--
    counts[row.status]++
    if (row.status !== 'running') this.#locks.get(mac)?.release()
    this.#progress.report()
    return row
  }

  async #store(rows: OperationDevice[], options = { sync: true }): Promise<boolean> {
    try {
      await this.#parts.store.saveRows(this.#operation.id, rows, options)
      for (const { mac } of rows) this.#unsaved.delete(mac)
      return true
    } catch (err) {
      for (const { mac } of rows) this.#unsaved.add(mac)
      this.#report(err, 'devices of an operation could not be stored')
      return false
    }
  }
}
