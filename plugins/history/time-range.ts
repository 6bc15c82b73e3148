import { HistoryRangeError } from '../../src/errors/requests.ts'
import { MAX_POINTS, MIN_STEP_SECONDS, type HistoryQuery } from '../../schemas/history.ts'

const HOUR_MS = 3_600_000
const DEFAULT_POINTS = 300

/** A time range of `count` equal steps. `startMs` is a multiple of `stepMs`. */
export interface TimeRange {
  startMs: number
  stepMs: number
  count: number
}

/**
 * Parses the range that a client asks for. Its first step may begin before `from`: steps begin at multiples of their
 * length, so the same query returns the same points a moment later.
 * @throws {HistoryRangeError} a time is not valid, `from` is not before `to`, or there are too many points
 */
export function parseTimeRange({ from, to, step }: HistoryQuery, nowMs: number): TimeRange {
  const endMs = to === undefined ? nowMs : parseTime('to', to)
  const fromMs = from === undefined ? endMs - HOUR_MS : parseTime('from', from)
  if (fromMs >= endMs) throw new HistoryRangeError('from is not before to')
  // 1e400 parses as Infinity, which the maximum of a JSON schema does not refuse.
  if (step === Infinity) throw new HistoryRangeError('step must be a whole number of seconds')
  const stepMs = (step ?? defaultStepSeconds(endMs - fromMs)) * 1000
  const startMs = Math.floor(fromMs / stepMs) * stepMs
  const count = Math.ceil((endMs - startMs) / stepMs)
  if (count > MAX_POINTS)
    throw new HistoryRangeError(`${count} points are more than ${MAX_POINTS}: use a longer step or a shorter range`)
  return { startMs, stepMs, count }
}

function defaultStepSeconds(lengthMs: number): number {
  const minutes = Math.ceil(lengthMs / DEFAULT_POINTS / 60_000)
  return Math.max(minutes * 60, MIN_STEP_SECONDS)
}

/** @returns ms since 1970 */
function parseTime(name: string, text: string): number {
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text)
  if (Number.isNaN(ms)) throw new HistoryRangeError(`${name} "${text}" is not a valid time`)
  return ms
}
