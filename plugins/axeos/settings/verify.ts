import type { SettingChange, SettingRefusal, SettingsPlan, SettingsResult } from '../../../schemas/settings.ts'
import type { Reading } from '../../../schemas/telemetry.ts'
import { isSecretKey } from '../../../src/redact.ts'
import { hasRenamedItself } from './moved.ts'
import { splitFlat } from './pool-slots.ts'
import { isSame } from './rules.ts'
import type { Setting } from './setting.ts'
import { settingsOf } from './settings.ts'
import { isOlder } from '../reading/version.ts'

/** How one change looks in what was read back. */
interface Outcome {
  readonly change: SettingChange
  readonly setting: Setting | undefined
  /** null: it cannot be read back. */
  readonly done: boolean | null
}

const LOWERED_BY_OVERHEATING = new Set(['frequency', 'coreVoltage', 'autofanspeed', 'fanspeed', 'manualFanSpeed'])
const CLOSED = 'it cannot be read back, and what was written with it was not applied'

/**
 * Compares what a miner tells after a write with what was planned: a firmware may answer 200 and apply nothing
 * (AXEOS.md 3.1). What cannot be read back, such as a password, counts as applied unless what was written with it
 * says otherwise.
 */
export function verifySettings(plan: SettingsPlan, after: Reading): SettingsResult {
  const settings = settingsOf(after)
  const outcomes = plan.changes.map((change) => toOutcome(change, settings.get(change.field)))
  const applied = outcomes.filter((outcome) => outcome.done ?? !isContradicted(outcome, outcomes))
  const failed = outcomes.filter((outcome) => !applied.includes(outcome))
  return {
    applied: applied.map(({ change }) => change),
    unchanged: [...plan.unchanged],
    notApplied: [...failed.map((outcome) => toRefusal(outcome, plan, after)), ...plan.refused],
    restartRequired: plan.restartRequired && applied.some(({ setting }) => setting?.restart ?? true)
  }
}

function toOutcome(change: SettingChange, setting: Setting | undefined): Outcome {
  if (isSecretKey(change.field)) return { change, setting, done: null }
  if (setting?.current === undefined)
    return { change, setting, done: setting && change.from === undefined ? null : false }
  return { change, setting, done: isSame(setting.rule, change.to, setting.current) }
}

/** Something else of its group was not applied, or nothing was of all that can be read back. */
function isContradicted({ change: { field } }: Outcome, outcomes: readonly Outcome[]): boolean {
  const open = outcomes.filter(({ done }) => done !== null)
  const group = groupOf(field)
  if (open.some((other) => !other.done && groupOf(other.change.field) === group)) return true
  return open.length > 0 && open.every(({ done }) => !done)
}

/** The pool that a field belongs to, or the Wi-Fi. */
function groupOf(field: string): string {
  const slot = /^pools\[\d\]/.exec(field)
  if (slot) return slot[0]
  if (field.startsWith('fallbackStratum')) return 'fallback'
  return field.startsWith('stratum') ? 'stratum' : field === 'ssid' || field.startsWith('wifi') ? 'wifi' : field
}

function toRefusal(outcome: Outcome, plan: SettingsPlan, after: Reading): SettingRefusal {
  return { field: outcome.change.field, reason: whyNot(outcome, plan, after) }
}

function whyNot({ change, setting, done }: Outcome, { body }: SettingsPlan, after: Reading): string {
  const { field } = change
  const { version, dialect } = after.identity
  const flat = splitFlat(field) !== null && body !== null && Object.hasOwn(body, field)
  if (flat && (dialect === 'C' || (dialect === 'B' && version !== null && !isOlder(version, '2.15.0')))) {
    return `this firmware (${version}) ignores it outside of a pool object`
  }
  if (done === null) return CLOSED
  if (setting?.current === undefined) return 'the miner does not tell it any more'
  if (LOWERED_BY_OVERHEATING.has(field) && after.telemetry.overheated)
    return 'the miner has overheated and sets it itself'
  if (field === 'hostname' && hasRenamedItself(change.to, after)) {
    return `the name is taken on the network: the miner calls itself ${String(setting.current)}`
  }
  if (isSame(setting.rule, change.from, setting.current)) return 'the miner accepted the request and kept its old value'
  return `the miner accepted the request and has ${String(setting.current)}`
}
