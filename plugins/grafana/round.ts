import type { ReconcilerParts } from './reconciler.ts'
import type { Target } from './target.ts'

/** How a round went. */
export interface Outcome {
  /** What is to be done again. */
  unfinished: string[]
  /** The last reason why something failed; null when nothing did. */
  error: Error | null
  /** Grafana did answer as it should, whatever it said to one dashboard or another. */
  reached: boolean
}

/** So many failures in a row that are not about one dashboard, and the others need not be tried. */
const OUTAGE = 8

type RoundParts = Pick<ReconcilerParts, 'wanted' | 'targetUntil' | 'state' | 'notes'> & { end: AbortController }

/** Brings the dashboards `uids` up to date and removes those that are to go. Never rejects. */
export async function runRound(
  uids: string[],
  { wanted, targetUntil, state, notes, end }: RoundParts
): Promise<Outcome> {
  const outcome: Outcome = { unfinished: [], error: null, reached: true }
  const target = targetUntil(end.signal)
  let inARow = 0

  for (const uid of uids) {
    const dashboard = wanted(uid)
    if (dashboard) state.expect(dashboard)
  }

  /** Does one thing. @returns whether it is done */
  async function attempt(task: () => Promise<void>): Promise<boolean> {
    try {
      await task()
      inARow = 0
      return true
    } catch (error) {
      if (end.signal.aborted) return false
      outcome.error = error instanceof Error ? error : new Error(String(error))
      if (isAboutAll(error) && ++inARow >= OUTAGE) giveUp()
      return false
    }
  }

  function giveUp(): void {
    outcome.reached = false
    end.abort()
  }

  async function bring(uid: string): Promise<void> {
    const dashboard = wanted(uid)
    if (!dashboard) return
    const done = await attempt(async () => {
      const page = await target.ensure(dashboard)
      if (wanted(uid)) state.succeeded(dashboard, page)
    })
    if (done) return
    outcome.unfinished.push(uid)
    if (!end.signal.aborted) state.failed(uid)
  }

  if (await attempt(() => target.prepare())) {
    await Promise.all(uids.map(bring))
    await Promise.all([...notes.removals].map((uid) => attempt(() => takeAway(uid, target))))
  } else {
    outcome.unfinished = uids
    outcome.reached = false
  }
  await attempt(() => notes.flush())
  return outcome

  async function takeAway(uid: string, from: Target): Promise<void> {
    if (!wanted(uid)) await from.remove(uid)
    await notes.forgetRemoval(uid)
  }
}

/** What Grafana refuses is about one dashboard; anything else would meet the next one as well. */
function isAboutAll(error: unknown): boolean {
  return !(error instanceof Error && 'code' in error && error.code === 'GRAFANA_REFUSED')
}
