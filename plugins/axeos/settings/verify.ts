import type { SettingChange, SettingRefusal, SettingsPlan, SettingsResult } from '../../../schemas/settings.ts'
import type { Reading } from '../../../schemas/telemetry.ts'
import { isSecretKey } from '../../../src/redact.ts'
import { isOlder } from '../reading/version.ts'
import { isRenamed, OVERHEAT_FIELDS } from './device-changes.ts'
import { splitFlatName } from './pool-slots.ts'
import { isSameValue, type Setting } from './rules.ts'
import { listSettings } from './settings.ts'

/** A planned change, compared with the reading after the write. */
interface CheckedChange {
  readonly change: SettingChange
  readonly setting: Setting | undefined
  /** null when it cannot be read back. */
  readonly isApplied: boolean | null
}

const UNREADABLE = 'it cannot be read back, and what was written with it was not applied'

/**
 * Compares a reading after a write with the plan: a firmware may answer 200 and apply nothing (AXEOS.md 3.1). A change that
 * cannot be read back, such as a password, counts as applied unless changes that were written with it were not.
 */
export function verifySettings(plan: SettingsPlan, after: Reading): SettingsResult {
  const settings = listSettings(after)
  const checked = plan.changes.map((change) => checkChange(change, settings.get(change.field)))
  const applied = checked.filter((one) => one.isApplied ?? !isContradicted(one, checked))
  const failed = checked.filter((one) => !applied.includes(one))
  return {
    applied: applied.map(({ change }) => change),
    unchanged: [...plan.unchanged],
    notApplied: [...failed.map((one) => toRefusal(one, plan, after)), ...plan.refused],
    restartRequired: plan.restartRequired && applied.some(({ setting }) => setting?.restart ?? true)
  }
}

function checkChange(change: SettingChange, setting: Setting | undefined): CheckedChange {
  if (isSecretKey(change.field)) return { change, setting, isApplied: null }
  if (setting?.current === undefined)
    return { change, setting, isApplied: setting && change.from === undefined ? null : false }
  return { change, setting, isApplied: isSameValue(setting.rule, change.to, setting.current) }
}

/** Whether another change of the same group was not applied, or none of all that can be read back. */
function isContradicted({ change: { field } }: CheckedChange, checked: readonly CheckedChange[]): boolean {
  const readable = checked.filter(({ isApplied }) => isApplied !== null)
  const group = groupOf(field)
  if (readable.some((other) => !other.isApplied && groupOf(other.change.field) === group)) return true
  return readable.length > 0 && readable.every(({ isApplied }) => !isApplied)
}

/** The pool that a field belongs to, or the Wi-Fi. */
function groupOf(field: string): string {
  const slot = /^pools\[\d\]/.exec(field)
  if (slot) return slot[0]
  if (field.startsWith('fallbackStratum')) return 'fallback'
  return field.startsWith('stratum') ? 'stratum' : field === 'ssid' || field.startsWith('wifi') ? 'wifi' : field
}

function toRefusal(checked: CheckedChange, plan: SettingsPlan, after: Reading): SettingRefusal {
  return { field: checked.change.field, reason: explainFailure(checked, plan, after) }
}

function explainFailure({ change, setting, isApplied }: CheckedChange, { body }: SettingsPlan, after: Reading): string {
  const { field } = change
  const isFlatPoolKey = splitFlatName(field) !== null && body !== null && Object.hasOwn(body, field)
  if (isFlatPoolKey && ignoresFlatPoolKeys(after))
    return `this firmware (${after.identity.version}) ignores it outside of a pool object`
  if (isApplied === null) return UNREADABLE
  if (setting?.current === undefined) return 'the miner no longer reports it'
  if (OVERHEAT_FIELDS.has(field) && after.telemetry.overheated) return 'the miner has overheated and sets it itself'
  if (field === 'hostname' && isRenamed(change.to, after)) {
    return `the name is taken on the network: the miner calls itself ${String(setting.current)}`
  }
  if (isSameValue(setting.rule, change.from, setting.current))
    return 'the miner accepted the request and kept its old value'
  return `the miner accepted the request and has ${String(setting.current)}`
}

function ignoresFlatPoolKeys({ identity: { dialect, version } }: Reading): boolean {
  return dialect === 'pools' || (dialect === 'strict' && version !== null && !isOlder(version, '2.15.0'))
}
