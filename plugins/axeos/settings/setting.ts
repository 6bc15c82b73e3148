import type { Rule } from './rules.ts'

/** One thing that can be set on a miner, and how it is set there now. */
export interface Setting {
  /** Its name in the body of a PATCH, or in the pool or fan object that holds it. */
  readonly key: string
  readonly rule: Rule
  /** As the miner tells it; undefined where it does not. */
  readonly current: unknown
  /** Whether the miner takes it up at its next restart only. */
  readonly restart: boolean
  /** The pool slot or fan channel that holds it. */
  readonly place?: number
}

/** The settings of one miner by the names that clients use. */
export type Settings = ReadonlyMap<string, Setting>

/** A line of a settings table: name on the wire, values, and whether a restart is needed. */
export type Row = readonly [key: string, rule: Rule, restart: boolean]
