import { setTimeout as sleep } from 'node:timers/promises'
import type { Fleet } from './processes/fleet.ts'
import type { Options } from './options.ts'
import { progress } from './report/report.ts'
import { measure, type Window } from './measures/window.ts'

/** A process that polls the fleet. */
export interface Subject {
  name: string
  pid: number
  /** How to measure it; by default only its polling. */
  measure?(options: Options): Promise<Window>
}

/** Length of a turn as a share of a window. */
const TURN_SHARE = 0.5

/** Intervals until a process polls evenly again after a pause. */
const SETTLE_INTERVALS = 2

/**
 * Measures processes that poll the same fleet in alternation, each while the others are paused: the speed of a machine may vary
 * by a quarter from one minute to the next, and alternation spreads that over all of them.
 * @returns the windows of each process, in the order of `subjects`; all processes are paused at the end
 */
export async function measureRoundRobin(
  subjects: readonly Subject[],
  fleet: Fleet,
  options: Options
): Promise<Window[][]> {
  const turn = { ...options, seconds: options.seconds * TURN_SHARE }
  const quiet = ({ pid }: Subject) => measure(fleet, pid, turn.seconds, turn.intervalMs)
  const windows: Window[][] = subjects.map(() => [])
  for (const { pid } of subjects) pause(pid)
  for (let round = 1; round <= options.rounds; round++) {
    progress(`round ${round} of ${options.rounds}: ${subjects.map(({ name }) => name).join(', ')}`)
    for (const [i, subject] of subjects.entries()) {
      resume(subject.pid)
      await sleep(SETTLE_INTERVALS * options.intervalMs)
      windows[i]?.push(await (subject.measure?.(turn) ?? quiet(subject)))
      pause(subject.pid)
    }
  }
  return windows
}

/** Pauses a process: it gets no CPU time until it is resumed. */
export const pause = (pid: number): boolean => process.kill(pid, 'SIGSTOP')
export const resume = (pid: number): boolean => process.kill(pid, 'SIGCONT')
