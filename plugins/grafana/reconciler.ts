import type { FastifyBaseLogger } from 'fastify'
import { backoffMs } from '../../src/backoff.ts'
import { runRound, type RoundParts, type RoundResult } from './round.ts'

export interface Timing {
  /** How long changes are collected before a round starts. */
  batchMs: number
  /** Time between two full reconciliations. */
  reconcileMs: number
  /** Pause after the first failure. It grows with each further one. */
  retryMs: number
}

export interface ReconcilerParts extends RoundParts {
  /** Lists the uids of all desired dashboards. */
  uids(): Iterable<string>
  log: FastifyBaseLogger
  timing: Timing
}

/** Longest pause during an outage. Each attempt is a single request. */
const MAX_OUTAGE_PAUSE_MS = 60_000

/**
 * Creates the reconciler, which turns the observed dashboards into the desired ones: all at the start and every
 * `reconcileMs`, single ones after changes. One round runs at a time. Failed dashboards are retried with a backoff, forever.
 */
export function createReconciler({ uids, log, timing, ...parts }: ReconcilerParts) {
  const dirty = new Set<string>()
  let last: RoundResult | null = null
  let failures = 0
  let fullRoundAt = 0
  let dueAt = Infinity
  let timer: NodeJS.Timeout | undefined
  let closed = false
  let end = new AbortController()
  let running: Promise<void> | null = null

  function schedule(delayMs: number): void {
    const at = performance.now() + delayMs
    if (closed || at >= dueAt) return
    dueAt = at
    clearTimeout(timer)
    timer = setTimeout(begin, delayMs)
  }

  /** During an outage, changes wait for the next attempt: one attempt per change would defeat the backoff. */
  function scheduleBatch(): void {
    const isOutage = failures > 0 && last?.reached === false
    if (!isOutage) schedule(timing.batchMs)
  }

  function begin(): void {
    dueAt = Infinity
    running ??= run().finally(() => {
      running = null
      schedule(pauseMs())
    })
  }

  async function run(): Promise<void> {
    if (performance.now() >= fullRoundAt) {
      fullRoundAt = performance.now() + timing.reconcileMs
      for (const uid of uids()) dirty.add(uid)
    }
    const taken = [...dirty]
    dirty.clear()
    end = new AbortController()
    const result = await runRound(taken, parts, end)
    for (const uid of result.unfinished) dirty.add(uid)
    if (!closed) report(result)
    last = result
  }

  /** Logs each new reason of a failure once, and the recovery. */
  function report({ error, reached }: RoundResult): void {
    failures = error ? failures + 1 : 0
    if (error && error.message !== last?.error?.message)
      log.warn({ err: error, reached }, 'dashboards are not up to date')
    if (!error && last?.error) log.info('dashboards are up to date again')
  }

  function pauseMs(): number {
    const untilFullRound = Math.max(0, fullRoundAt - performance.now())
    if (failures === 0) return dirty.size + parts.persisted.removals.size > 0 ? timing.batchMs : untilFullRound
    const longest = last?.reached ? timing.reconcileMs : Math.min(MAX_OUTAGE_PAUSE_MS, timing.reconcileMs)
    return backoffMs(failures, timing.retryMs, longest)
  }

  return {
    /** Starts the first full reconciliation. */
    start: () => schedule(0),

    /** Schedules an update of one dashboard. */
    requestUpdate(uid: string): void {
      dirty.add(uid)
      scheduleBatch()
    },

    /** Schedules the removals that `persisted` lists. */
    requestRemovals: scheduleBatch,

    /** Result of the last round; null before the first one has ended. */
    get last(): RoundResult | null {
      return last
    },

    /** Aborts the running round. No round runs or starts once the promise resolves. */
    async close(): Promise<void> {
      closed = true
      clearTimeout(timer)
      end.abort()
      await running
    }
  }
}
export type Reconciler = ReturnType<typeof createReconciler>
