import type { Scope } from '../support/process.ts'
import type { SecretWatch } from './measures/secret-scanner.ts'
import type { Options } from './options.ts'

/** What a part gets to work with. */
export interface Context extends Scope {
  readonly seed: number
  readonly options: Options
  readonly watch: SecretWatch
  /** Says what the part is at; the runner prints it now and then. */
  say(text: string): void
}

/** What a part has done, in figures, and what was wrong. It has passed when nothing was. */
export interface Outcome {
  done: string
  problems: string[]
}

export type Part = (context: Context) => Promise<Outcome>

export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** A tally of words, such as status codes: how often each was seen. */
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
