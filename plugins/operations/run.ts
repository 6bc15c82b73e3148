import type { FastifyBaseLogger } from 'fastify'
import PQueue from 'p-queue'
import { isStoreFailure } from '../../src/errors/code-of.ts'
import type { DeviceStatus, Operation, OperationDevice, OperationStatus } from '../../schemas/operation.ts'
import type { Order, Outcome, Perform } from './perform.ts'
import type { Progress } from './progress.ts'
import { countStatuses, INTERRUPTED, type OperationStore } from './store.ts'
import type { Turn, Turns } from './turns.ts'

export interface RunParts {
  store: Pick<OperationStore, 'save' | 'saveRows'>
  perform: Perform
  turns: Turns
  log: FastifyBaseLogger
  /** Makes the reporter of an operation's progress. */
  progressOf(operation: () => Operation): Progress
}

const NOT_RECORDED: Outcome = {
  status: 'failed',
  reason: 'could not be recorded on disk, so nothing was sent',
  code: 'PLUTO_NOT_RECORDED'
}

const OUTCOMES: Partial<Record<OperationStatus, OperationStatus>> = {
  running: 'done',
  cancelling: 'cancelled',
  stopping: 'stopped'
}

/** One operation while it runs: who is asked when, and what has become of each device so far. */
export class Run {
  readonly #parts: RunParts
  readonly #order: Order
  readonly #rows: Map<string, OperationDevice>
  readonly #turns: Map<string, Turn>
  readonly #progress: Progress
  readonly #cut = Promise.withResolvers<undefined>()
  readonly #finished = Promise.withResolvers<undefined>()
  /** Devices whose newest row is not on disk, because writing it failed. */
  readonly #unsaved = new Set<string>()
  #operation: Operation
  #stored = false

  constructor(parts: RunParts, operation: Operation, rows: OperationDevice[], order: Order) {
    this.#parts = parts
    this.#order = order
    this.#operation = { ...operation, counts: countStatuses(rows) }
    this.#rows = new Map(rows.map((row) => [row.mac, row]))
    this.#turns = new Map(this.#withStatus('queued').map(({ mac }) => [mac, parts.turns.take(mac)]))
    this.#progress = parts.progressOf(() => this.operation)
  }

  /** How it stands. */
  get operation(): Operation {
    return { ...this.#operation, counts: { ...this.#operation.counts } }
  }

  /** Its devices, in the order of their MACs. */
  get rows(): OperationDevice[] {
    return [...this.#rows.values()]
  }

  /** Asks every device. Resolves when the last one is through: with whether all of it is on disk. */
  async start(): Promise<boolean> {
    const queue = new PQueue({ concurrency: this.#operation.concurrency })
    for (const { mac } of this.#withStatus('queued')) void queue.add(() => this.#carryOut(mac))
    await queue.onIdle()
    await this.#finish()
    return this.#stored
  }

  /** Begins no further device. Without effect when each has been begun already. */
  async cancel(): Promise<void> {
    if (this.#operation.status === 'running') await this.#cutOff('cancelling', 'cancelled')
  }

  /** The backend stops: whoever is being spoken to has a last moment, and what it does then is not known. */
  async interrupt(patienceMs: number): Promise<void> {
    await this.#cutOff('interrupted', INTERRUPTED)
    const patience = setTimeout(() => void this.#giveUp(), patienceMs)
    await this.#finished.promise
    clearTimeout(patience)
  }

  async #giveUp(): Promise<void> {
    if (this.#operation.finishedAt !== undefined) return
    const given = { status: 'unknown', reason: INTERRUPTED } as const
    this.#operation.status = 'interrupted'
    await this.#store(this.#withStatus('running').map(({ mac }) => this.#change(mac, given)))
    await this.#finish()
  }

  async #carryOut(mac: string): Promise<void> {
    await Promise.race([this.#turns.get(mac)?.before, this.#cut.promise])
    if (!(await this.#begin(mac))) return
    const outcome = await this.#parts.perform(mac, this.#order)
    if (this.#rows.get(mac)?.status === 'running') await this.#settle(mac, outcome)
  }

  /** Puts on disk that a device is about to be asked: whatever happens then, it is known that something may have happened. */
  async #begin(mac: string): Promise<boolean> {
    if (this.#rows.get(mac)?.status !== 'queued') return false
    const row = this.#change(mac, { status: 'running', startedAt: new Date().toISOString() })
    const recorded = await this.#store([row])
    if (this.#rows.get(mac)?.status !== 'running') return false
    if (!recorded) await this.#settle(mac, NOT_RECORDED)
    return recorded
  }

  async #settle(mac: string, outcome: Outcome): Promise<void> {
    await this.#store([this.#change(mac, { ...outcome, finishedAt: new Date().toISOString() })], { sync: false })
    await this.#countFailures()
  }

  async #countFailures(): Promise<void> {
    const { counts, stopAfterFailures = Infinity, status } = this.#operation
    const failures = counts.failed + counts.notApplied
    if (status === 'running' && failures >= stopAfterFailures) {
      await this.#cutOff('stopping', `stopped after ${failures} failures`)
    }
  }

  /** Skips every device that has not been begun; where there is none, nothing was cut off. */
  async #cutOff(status: OperationStatus, reason: string): Promise<void> {
    const left = this.#withStatus('queued')
    if (left.length === 0) return
    this.#operation.status = status
    const skipped = left.map(({ mac }) => this.#change(mac, { status: 'skipped', reason }))
    this.#cut.resolve(undefined)
    await this.#store(skipped)
  }

  async #finish(): Promise<void> {
    if (this.#operation.finishedAt !== undefined) return
    const { status } = this.#operation
    Object.assign(this.#operation, { status: OUTCOMES[status] ?? status, finishedAt: new Date().toISOString() })
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

  #change(mac: string, change: Outcome & Partial<OperationDevice>): OperationDevice {
    const before = this.#rows.get(mac)
    const row = { ...before, ...change, mac }
    this.#rows.set(mac, row)
    const { counts } = this.#operation
    if (before) counts[before.status]--
    counts[row.status]++
    if (row.status !== 'running') this.#turns.get(mac)?.release()
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
