import { hasCode } from '../../src/errors/code-of.ts'
import type { PublicDashboard } from '../../schemas/dashboard.ts'
import type { ObservedState } from './observed.ts'
import type { PersistedState } from './persisted-state.ts'
import type { DesiredDashboard } from './dashboard.ts'

/** A place that dashboards are written to. Every call is idempotent. */
export interface Target {
  /** Creates what dashboards need, such as their folder. */
  prepare(): Promise<void>
  /** Creates or updates a dashboard. @returns its public page, if it has one */
  apply(desired: DesiredDashboard): Promise<PublicDashboard | null>
  remove(uid: string): Promise<void>
}

export interface RoundParts {
  /** The desired dashboard of a uid; undefined if there should be none. */
  desired(uid: string): DesiredDashboard | undefined
  /** The target. Its requests end when `end` aborts. */
  targetUntil(end: AbortSignal): Target
  observed: ObservedState
  persisted: PersistedState
}

export interface RoundResult {
  /** Uids that have to be tried again. */
  unfinished: string[]
  /** The last failure; null if there was none. */
  error: Error | null
  /** Whether the target responded as it should, even if it refused single dashboards. */
  reached: boolean
}

/** After so many failures in a row that affect every dashboard, the round ends. */
const OUTAGE = 8

/** Updates the dashboards `uids` and removes those that are due for removal. Never rejects. */
export async function runRound(uids: string[], parts: RoundParts, end: AbortController): Promise<RoundResult> {
  const { desired, observed, persisted } = parts
  const result: RoundResult = { unfinished: [], error: null, reached: true }
  const target = parts.targetUntil(end.signal)
  let failuresInARow = 0

  for (const uid of uids) {
    const dashboard = desired(uid)
    if (dashboard) observed.begin(dashboard)
  }

  /** Runs a task. @returns whether it succeeded */
  async function attempt(task: () => Promise<void>): Promise<boolean> {
    try {
      await task()
      failuresInARow = 0
      return true
    } catch (error) {
      if (end.signal.aborted) return false
      result.error = error instanceof Error ? error : new Error(String(error))
      if (affectsAll(error) && ++failuresInARow >= OUTAGE) giveUp()
      return false
    }
  }

  function giveUp(): void {
    result.reached = false
    end.abort()
  }

  async function apply(uid: string): Promise<void> {
    const dashboard = desired(uid)
    if (!dashboard) return
    const done = await attempt(async () => {
      const page = await target.apply(dashboard)
      if (desired(uid)) observed.succeed(dashboard, page)
    })
    if (done) return
    result.unfinished.push(uid)
    if (!end.signal.aborted) observed.fail(uid)
  }

  async function remove(uid: string): Promise<void> {
    if (!desired(uid)) await target.remove(uid)
    await persisted.deleteRemoval(uid)
  }

  if (await attempt(() => target.prepare())) {
    await Promise.all(uids.map(apply))
    await Promise.all([...persisted.removals].map((uid) => attempt(() => remove(uid))))
  } else {
    result.unfinished = uids
    result.reached = false
  }
  await attempt(() => persisted.flush())
  return result
}

/** A refusal concerns one dashboard. Any other failure would meet the next dashboard as well. */
const affectsAll = (error: unknown): boolean => !hasCode(error, 'GRAFANA_REFUSED')
