import { readObject, readObjects, type Info } from '../reading/fields.ts'
import { fanMode, overheatCelsius, percent, pidFactor, pidTarget } from './nerd-settings.ts'
import type { Setting } from './setting.ts'
import type { Rule } from './rules.ts'

const MOST_FANS = 8
const RULES: Readonly<Record<string, Rule>> = { mode: fanMode, manualSpeed: percent, overheatTemp: overheatCelsius }
const PID_RULES: Readonly<Record<string, Rule>> = { targetTemp: pidTarget, p: pidFactor, i: pidFactor, d: pidFactor }
/** What the settings of the first fan are called outside of the list. */
const FIRST_FAN: Readonly<Record<string, string>> = {
  mode: 'autofanspeed',
  manualSpeed: 'manualFanSpeed',
  overheatTemp: 'overheat_temp',
  'pid.targetTemp': 'pidTargetTemp',
  'pid.p': 'pidP',
  'pid.i': 'pidI',
  'pid.d': 'pidD'
}

/** What can be set of each fan of a NerdQAxe, by names such as `fans[1].pid.targetTemp` (AXEOS.md 2.4, 3.5). */
export function fanSettings(info: Info): Map<string, Setting> {
  const fans = readObjects(info, 'fans', MOST_FANS)
  return new Map(
    fans.flatMap((fan, channel) => [
      ...rowsOf(fan, RULES, channel, ''),
      ...rowsOf(readObject(fan, 'pid'), PID_RULES, channel, 'pid.')
    ])
  )
}

function rowsOf(values: Info, rules: typeof RULES, place: number, path: string): [string, Setting][] {
  return Object.entries(rules)
    .filter(([key]) => Object.hasOwn(values, key))
    .map(([key, rule]) => [
      `fans[${place}].${path}${key}`,
      { key: path + key, rule, current: values[key], restart: false, place }
    ])
}

/** The fans that a client sent, as single settings by the names of `fanSettings`; speeds measured are left out. */
export function flattenFans(wanted: Info): Info {
  return Object.fromEntries(
    readObjects(wanted, 'fans', MOST_FANS).flatMap((fan, channel) => [
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
 * The whole list for the wire: every fan with all that can be set of it, so that no channel loses a value. `body` is what
 * else is written: its settings of the first fan go along.
 */
export function toFans(info: Info, values: ReadonlyMap<string, unknown>, body: Info): Info[] {
  const fans: Info[] = readObjects(info, 'fans', MOST_FANS).map(() => ({}))
  for (const [field, { key, place = 0, current }] of fanSettings(info)) {
    const fan = fans[place]
    const mirror = place === 0 ? body[FIRST_FAN[key] ?? ''] : undefined
    if (fan) put(fan, key, values.get(field) ?? mirror ?? current)
  }
  return fans
}

function put(fan: Info, key: string, value: unknown): void {
  const [, inner] = key.split('pid.')
  if (inner === undefined) fan[key] = value
  else fan.pid = { ...readObject(fan, 'pid'), [inner]: value }
}
