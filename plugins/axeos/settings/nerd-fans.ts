import { MAX_FANS } from '../reading/fans.ts'
import { readObject, readObjects, type Info } from '../reading/fields.ts'
import { fanMode, overheatCelsius, percent, pidFactor, pidTarget } from './nerd-settings.ts'
import type { Rule, Setting } from './rules.ts'

const RULES: Readonly<Record<string, Rule>> = { mode: fanMode, manualSpeed: percent, overheatTemp: overheatCelsius }
const PID_RULES: Readonly<Record<string, Rule>> = { targetTemp: pidTarget, p: pidFactor, i: pidFactor, d: pidFactor }
/** Top-level names of the first fan's settings. */
const FIRST_FAN_FIELDS: Readonly<Record<string, string>> = {
  mode: 'autofanspeed',
  manualSpeed: 'manualFanSpeed',
  overheatTemp: 'overheat_temp',
  'pid.targetTemp': 'pidTargetTemp',
  'pid.p': 'pidP',
  'pid.i': 'pidI',
  'pid.d': 'pidD'
}

/** Returns the settings of a NerdQAxe's fans, by names such as `fans[1].pid.targetTemp` (AXEOS.md 2.4, 3.5). */
export function fanSettings(info: Info): Map<string, Setting> {
  const fans = readObjects(info, 'fans', MAX_FANS)
  return new Map(
    fans.flatMap((fan, channel) => [
      ...rowsOf(fan, RULES, channel, ''),
      ...rowsOf(readObject(fan, 'pid'), PID_RULES, channel, 'pid.')
    ])
  )
}

function rowsOf(values: Info, rules: typeof RULES, index: number, path: string): [string, Setting][] {
  return Object.entries(rules)
    .filter(([key]) => Object.hasOwn(values, key))
    .map(([key, rule]) => [
      `fans[${index}].${path}${key}`,
      { key: path + key, rule, current: values[key], restart: false, index }
    ])
}

/** Returns the settings of a requested list of fans, by the names of `fanSettings`; measured speeds are omitted. */
export function flattenFans(requested: Info): Info {
  return Object.fromEntries(
    readObjects(requested, 'fans', MAX_FANS).flatMap((fan, channel) => [
      ...pick(fan, RULES, `fans[${channel}].`),
      ...pick(readObject(fan, 'pid'), PID_RULES, `fans[${channel}].pid.`)
    ])
  )
}

function pick(values: Info, rules: typeof RULES, path: string): [string, unknown][] {
  return Object.keys(rules)
    .filter((key) => Object.hasOwn(values, key))
    .map((key) => [path + key, values[key]])
}

/**
 * Returns the list for the wire: every fan with all of its settings, so that no channel loses one.
 * @param body the rest of the write, whose settings of the first fan are included
 */
export function toFans(info: Info, values: ReadonlyMap<string, unknown>, body: Info): Info[] {
  const fans: Info[] = readObjects(info, 'fans', MAX_FANS).map(() => ({}))
  for (const [field, { key, index = 0, current }] of fanSettings(info)) {
    const fan = fans[index]
    const mirror = index === 0 ? body[FIRST_FAN_FIELDS[key] ?? ''] : undefined
    if (fan) setValue(fan, key, values.get(field) ?? mirror ?? current)
  }
  return fans
}

function setValue(fan: Info, key: string, value: unknown): void {
  const [, inner] = key.split('pid.')
  if (inner === undefined) fan[key] = value
  else fan.pid = { ...readObject(fan, 'pid'), [inner]: value }
}
