import type { SettingChange, SettingRefusal } from '../../../schemas/settings.ts'
import { isSecretKey } from '../../../src/redact.ts'
import { isSameValue, notAllowedError, type Scalar, type Setting } from './rules.ts'

/** The value that keeps a password. The miner shows the same text in place of it (AXEOS.md 3.4). */
export const KEEP_PASSWORD = '*****'

/** A settings plan under construction. */
export interface PartialPlan {
  readonly body: Record<string, unknown>
  readonly changes: SettingChange[]
  readonly unchanged: string[]
  readonly refused: SettingRefusal[]
  restartRequired: boolean
}

export function createPartialPlan(): PartialPlan {
  return { body: {}, changes: [], unchanged: [], refused: [], restartRequired: false }
}

/** How a firmware expects flags: lenient ESP-Miner as numbers, NerdQAxe as booleans, others as their info shows them. */
export type FlagFormat = 'number' | 'boolean' | 'as shown'

/**
 * Plans one value: adds it to the changes, or to the unchanged fields.
 * @param check throws for values that the setting accepts but the board must not have
 * @returns the value for the wire, or undefined when the miner already has it
 * @throws {SettingNotAllowedError}
 */
export function planValue(
  plan: PartialPlan,
  field: string,
  value: unknown,
  setting: Setting,
  flags: FlagFormat,
  check?: (to: Scalar) => void
): Scalar | undefined {
  const { rule, current } = setting
  const read = rule.read(value)
  if (read === null) throw notAllowedError(field, value, rule.allowed)
  const isSecret = isSecretKey(field)
  if (isSecret ? read === KEEP_PASSWORD : isSameValue(rule, value, current)) {
    plan.unchanged.push(field)
    return undefined
  }
  if (!rule.accepts(read)) throw notAllowedError(field, value, rule.allowed)
  check?.(read)
  const to = formatFlag(read, current, flags)
  plan.changes.push(isSecret ? { field } : { field, ...(current !== undefined && { from: current }), to })
  plan.restartRequired ||= setting.restart
  return to
}

function formatFlag(value: Scalar, current: unknown, flags: FlagFormat): Scalar {
  if (typeof value !== 'boolean' || flags === 'boolean') return value
  return flags === 'as shown' && typeof current === 'boolean' ? value : Number(value)
}
