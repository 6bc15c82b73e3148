import { setTimeout as sleep } from 'node:timers/promises'
import type { Fleet } from './processes/fleet.ts'
import type { Options } from './options.ts'
import { progress } from './report/progress.ts'
import { measure, type Window } from './measures/window.ts'

/** A process that polls the fleet, and how it is measured. */
export interface Subject {
  name: string
  pid: number
  /** Polling and nothing else, unless it says otherwise. */
  measure?(options: Options): Promise<Window>
}

/** Length of a turn, of a whole window. */
const SHARE = 0.5

/** Intervals after which a process that has stood still polls as evenly as before. */
const SETTLE_INTERVALS = 2

/**
 * Measures processes that poll the same fleet, again and again one after the other, while the others stand still: a
 * machine may run a quarter faster or slower from one minute to the next, and this way it does so for all of them.
 * @returns the windows of each, in the order of `subjects`; the processes stand still when it is done
 */
export async function measureInTurn(subjects: readonly Subject[], fleet: Fleet, options: Options): Promise<Window[][]> {
  const turn = { ...options, seconds: options.seconds * SHARE }
  const quiet = ({ pid }: Subject) => measure(fleet, pid, turn.seconds, turn.intervalMs)
  const windows: Window[][] = subjects.map(() => [])
  for (const { pid } of subjects) pause(pid)
  for (let round = 1; round <= options.rounds; round++) {
    progress(`in turn, ${round} of ${options.rounds}: ${subjects.map(({ name }) => name).join(', ')}`)
    for (const [i, subject] of subjects.entries()) {
      resume(subject.pid)
      await sleep(SETTLE_INTERVALS * options.intervalMs)
      windows[i]?.push(await (subject.measure?.(turn) ?? quiet(subject)))
      pause(subject.pid)
    }
  }
  return windows
}

/** Lets a process stand still: it gets no CPU until it may go on. */
export const pause = (pid: number): boolean => process.kill(pid, 'SIGSTOP')
export const resume = (pid: number): boolean => process.kill(pid, 'SIGCONT')
