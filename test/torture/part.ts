import type { Scope } from '../support/process.ts'
import type { SecretScanner } from './measures/secret-scanner.ts'
import type { Options } from './options.ts'

/** The environment of a part. */
export interface Context extends Scope {
  readonly seed: number
  readonly options: Options
  readonly watch: SecretScanner
  /** Reports the current step; the runner prints it at intervals. */
  progress(text: string): void
}

/** The figures of a part and its problems. A part without problems has passed. */
export interface Outcome {
  done: string
  problems: string[]
}

export type Part = (context: Context) => Promise<Outcome>

export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** Counts words, such as status codes. */
export class Tally {
  readonly #counts = new Map<string, number>()

  add(word: string | number): void {
    this.#counts.set(String(word), this.of(word) + 1)
  }

  of(word: string | number): number {
    return this.#counts.get(String(word)) ?? 0
  }

  get words(): string[] {
    return [...this.#counts.keys()].sort()
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0)
  }

  toString(): string {
    return this.words.map((word) => `${word}×${this.of(word)}`).join(' ')
  }
}
