import { HistoryRangeError } from '../../src/errors/requests.ts'
import { MAX_POINTS, MIN_STEP_SECONDS, type HistoryQuery } from '../../schemas/history.ts'

const HOUR_MS = 3_600_000
const USUAL_POINTS = 300

/** Equal steps of time: `count` of them from `startMs` on, which is a multiple of `stepMs`. */
export interface Span {
  startMs: number
  stepMs: number
  count: number
}

/**
 * Makes steps of what a client asked for. The first one may begin before `from`: steps begin at multiples of their length,
 * so that the same question a moment later gives the same points.
 * @throws {HistoryRangeError} a time that is none, an end before the begin, or too many points
 */
export function toSpan({ from, to, step }: HistoryQuery, nowMs: number): Span {
  const endMs = to === undefined ? nowMs : toMs('to', to)
  const beginMs = from === undefined ? endMs - HOUR_MS : toMs('from', from)
  if (beginMs >= endMs) throw new HistoryRangeError('from is not before to')
  // Limits of a schema hold for numbers alone, and 1e400 is none.
  if (step === Infinity) throw new HistoryRangeError('step is no number of seconds')
  const stepMs = (step ?? usualStep(endMs - beginMs)) * 1000
  const startMs = Math.floor(beginMs / stepMs) * stepMs
  const count = Math.ceil((endMs - startMs) / stepMs)
  if (count > MAX_POINTS)
    throw new HistoryRangeError(`${count} points are more than ${MAX_POINTS}: use a longer step, or a shorter time`)
  return { startMs, stepMs, count }
}

function usualStep(lengthMs: number): number {
  const minutes = Math.ceil(lengthMs / USUAL_POINTS / 60_000)
  return Math.max(minutes * 60, MIN_STEP_SECONDS)
}

function toMs(name: string, text: string): number {
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text)
  if (Number.isNaN(ms)) throw new HistoryRangeError(`${name} "${text}" is no time`)
  return ms
}
