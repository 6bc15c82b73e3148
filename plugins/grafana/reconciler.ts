import type { FastifyBaseLogger } from 'fastify'
import type { Notes } from './persisted-state.ts'
import { runRound, type Outcome } from './round.ts'
import type { Wanted } from './render.ts'
import type { DashboardState } from './observed.ts'
import type { Target } from './target.ts'

export interface Timing {
  /** How long changes are gathered before anything is done about them. */
  gatherMs: number
  /** Time between two looks at everything. */
  reconcileMs: number
  /** Pause after the first failure; it doubles with each further one. */
  retryMs: number
}

export interface ReconcilerParts {
  /** The dashboards that there are to be. */
  uids(): Iterable<string>
  /** How a dashboard is to be; undefined when there is to be none. */
  wanted(uid: string): Wanted | undefined
  /** Where they are kept; what is under way ends with the signal. */
  targetUntil(end: AbortSignal): Target
  state: DashboardState
  notes: Notes
  log: FastifyBaseLogger
  timing: Timing
}

/** Longest pause while nothing gets through: a single request then asks whether that has changed. */
const LONGEST_OUTAGE_PAUSE_MS = 60_000

/**
 * Makes the dashboards what they are to be: at the start, after changes, and all of them again from time to time. One round
 * at a time; what fails is tried again, for ever, at growing intervals.
 */
export function createReconciler({ uids, state, notes, log, timing, ...parts }: ReconcilerParts) {
  const dirty = new Set<string>()
  let last: Outcome | null = null
  let failures = 0
  let allAgainAt = 0
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

  /** While nothing gets through, changes wait for the next attempt: one for each would make the pauses grow with them. */
  function gather(): void {
    const isOutage = failures > 0 && last?.reached === false
    if (!isOutage) schedule(timing.gatherMs)
  }

  function begin(): void {
    dueAt = Infinity
    running ??= run().finally(() => {
      running = null
      schedule(pauseMs())
    })
  }

  async function run(): Promise<void> {
    if (performance.now() >= allAgainAt) {
      allAgainAt = performance.now() + timing.reconcileMs
      for (const uid of uids()) dirty.add(uid)
    }
    const taken = [...dirty]
    dirty.clear()
    end = new AbortController()
    const outcome = await runRound(taken, { ...parts, state, notes, end })
    for (const uid of outcome.unfinished) dirty.add(uid)
    if (!closed) report(outcome)
    last = outcome
  }

  /** Tells once that it went wrong, once for each further reason, and once that it is over. */
  function report({ error, reached }: Outcome): void {
    failures = error ? failures + 1 : 0
    if (error && error.message !== last?.error?.message)
      log.warn({ err: error, reached }, 'dashboards are not up to date')
    if (!error && last?.error) log.info('dashboards are up to date again')
  }

  function pauseMs(): number {
    const untilAll = Math.max(0, allAgainAt - performance.now())
    if (failures === 0) return dirty.size + notes.removals.size > 0 ? timing.gatherMs : untilAll
    const longest = last?.reached ? timing.reconcileMs : Math.min(LONGEST_OUTAGE_PAUSE_MS, timing.reconcileMs)
    const pause = Math.min(timing.retryMs * 2 ** (failures - 1), longest)
    return pause * (0.75 + Math.random() / 4)
  }

  return {
    /** Looks at everything, now and from then on. */
    start: () => schedule(0),

    /** Something about a dashboard has changed. */
    nudge(uid: string): void {
      dirty.add(uid)
      gather()
    },

    /** Something is to be removed. */
    nudgeRemoval: gather,

    /** How the last round went; null before the first has ended. */
    get last(): Outcome | null {
      return last
    },

    /** When the promise resolves, nothing is under way, and nothing will be. */
    async close(): Promise<void> {
      closed = true
      clearTimeout(timer)
      end.abort()
      await running
    }
  }
}
export type Reconciler = ReturnType<typeof createReconciler>
