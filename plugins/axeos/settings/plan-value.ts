import type { SettingChange, SettingRefusal } from '../../../schemas/settings.ts'
import { isSecretKey } from '../../../src/redact.ts'
import { isSame, notAllowed, type Scalar } from './rules.ts'
import type { Setting } from './setting.ts'

/** What a client sends for a password that is to stay: the miner shows the same (AXEOS.md 3.4). */
export const KEEP = '*****'

/** A plan in the making. */
export interface Draft {
  readonly body: Record<string, unknown>
  readonly changes: SettingChange[]
  readonly unchanged: string[]
  readonly refused: SettingRefusal[]
  restartRequired: boolean
}

export function startDraft(): Draft {
  return { body: {}, changes: [], unchanged: [], refused: [], restartRequired: false }
}

/** How a firmware wants its flags: dialect A as numbers, NerdQAxe as booleans, the others as they show them. */
export type FlagForm = 'number' | 'boolean' | 'as shown'

/**
 * Notes what becomes of one value.
 * @param check refuses values that the setting takes and the board does not bear
 * @returns the value for the wire, or undefined when the miner has it already
 * @throws {SettingNotAllowedError}
 */
export function note(
  draft: Draft,
  field: string,
  value: unknown,
  setting: Setting,
  flags: FlagForm,
  check?: (to: Scalar) => void
): Scalar | undefined {
  const { rule, current } = setting
  const read = rule.read(value)
  if (read === null) throw notAllowed(field, value, rule.allowed)
  const secret = isSecretKey(field)
  if (secret ? read === KEEP : isSame(rule, value, current)) {
    draft.unchanged.push(field)
    return undefined
  }
  if (!rule.accepts(read)) throw notAllowed(field, value, rule.allowed)
  check?.(read)
  const to = toWire(read, current, flags)
  draft.changes.push(secret ? { field } : { field, ...(current !== undefined && { from: current }), to })
  draft.restartRequired ||= setting.restart
  return to
}

function toWire(value: Scalar, current: unknown, flags: FlagForm): Scalar {
  if (typeof value !== 'boolean' || flags === 'boolean') return value
  return flags === 'as shown' && typeof current === 'boolean' ? value : Number(value)
}
