import type { MinerState } from '../miner/state.ts'
import type { Fields, Json } from '../json.ts'

const strings = [
  'stratumURL',
  'stratumUser',
  'stratumPassword',
  'fallbackStratumURL',
  'fallbackStratumUser',
  'fallbackStratumPassword'
]
const wifi = ['ssid', 'wifiPass', 'hostname', 'display']
const pools = ['stratumPort', 'fallbackStratumPort', 'stratumSuggestedDifficulty', 'fallbackStratumSuggestedDifficulty']
const flags = ['stratumExtranonceSubscribe', 'fallbackStratumExtranonceSubscribe', 'overclockEnabled', 'autofanspeed']
const screen = ['flipscreen', 'invertscreen', 'rotation', 'displayTimeout', 'invertfanpolarity']
const cooling = ['fanspeed', 'minFanSpeed', 'temptarget', 'statsFrequency', 'frequency', 'coreVoltage', 'overheat_mode']
const stringKeys = [...strings, ...wifi]
const numberKeys = [...pools, ...flags, ...screen, ...cooling]

/**
 * Reads a PATCH body as firmware up to v2.10.1 does (AXEOS.md 3.1, dialect `lenient`). Returns `'crash'` where the firmware dereferences
 * a value that is not a string.
 */
export function readLenient(state: MinerState, body: Fields): Fields | 'crash' {
  const values: Fields = {}
  for (const key of stringKeys.filter((name) => name in body && hasKey(state, name))) {
    const value = body[key]
    if (typeof value === 'string') values[key] = value
    // v2.0.4 to v2.5.1 dereference a NULL pointer; v2.6.0 and later skip the key.
    else if (!state.profile.firmware.since('2.6.0', null)) return 'crash'
  }
  for (const key of numberKeys.filter((name) => name in body && hasKey(state, name))) {
    const value = valueint(body[key])
    if (value > 0 || (key !== 'frequency' && key !== 'coreVoltage')) values[key] = key === 'overheat_mode' ? 0 : value
  }
  return values
}

/** Old firmware has the keys that its info answer shows, and the passwords that belong to them. */
function hasKey({ stored }: MinerState, key: string): boolean {
  return (
    key in stored ||
    key === 'wifiPass' ||
    key === 'hostname' ||
    (key.endsWith('Password') && key.replace('Password', 'URL') in stored)
  )
}

/** `valueint` of cJSON: 0 for strings and null, 1 for true, otherwise limited to an int32. */
function valueint(value: Json | undefined): number {
  if (value === true) return 1
  if (typeof value !== 'number') return 0
  return Math.max(-0x80000000, Math.min(0x7fffffff, Math.trunc(value)))
}
