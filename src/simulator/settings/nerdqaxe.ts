import { isFields, type Fields, type Json } from '../json.ts'
import type { MinerState } from '../miner/state.ts'
import type { Rule } from './rules.ts'

const text: Rule = (value) => (typeof value === 'string' ? value : undefined)
const bool: Rule = (value) => (typeof value === 'boolean' ? value : undefined)
const float: Rule = (value) => (typeof value === 'number' ? value : undefined)
const uint =
  (max: number, min = 0): Rule =>
  (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max ? value : undefined

// AXEOS.md 3.5.
const rules: Record<string, Rule> = {
  ...all(text, 'ssid', 'wifiPass', 'hostname'),
  ...all(
    text,
    'stratumURL',
    'stratumUser',
    'stratumPassword',
    'fallbackStratumURL',
    'fallbackStratumUser',
    'fallbackStratumPassword'
  ),
  ...all(uint(65_535, 1), 'coreVoltage', 'frequency', 'jobInterval'),
  ...all(
    uint(65_535),
    'overheat_temp',
    'pidTargetTemp',
    'stratumPort',
    'fallbackStratumPort',
    'poolMode',
    'poolBalance'
  ),
  ...all(uint(0xffffffff), 'stratumDifficulty', 'vrFrequency'),
  ...all(uint(3), 'autofanspeed'),
  ...all(
    bool,
    'flipscreen',
    'invertscreen',
    'invertfanpolarity',
    'autoscreenoff',
    'stratumTLS',
    'stratumEnonceSubscribe'
  ),
  ...all(bool, 'fallbackStratumTLS', 'fallbackStratumEnonceSubscribe'),
  ...all(float, 'pidP', 'pidI', 'pidD')
}

/** Reads a PATCH body as NerdQAxe does: a value of the wrong type is skipped silently (AXEOS.md 3.1, dialect `nerdqaxe`). */
export function readNerdqaxe(state: MinerState, body: Fields): Fields {
  const fanKey = state.profile.firmware.since(null, '1.0.35') ? 'manualFanSpeed' : 'fanspeed'
  const values: Fields = {}
  for (const [key, value] of Object.entries(body)) {
    const accepted = key === fanKey ? uint(100)(value) : rules[key]?.(value)
    if (accepted !== undefined) values[key] = accepted
  }
  const fans = readFans(state, body['fans'])
  return fans ? { ...values, fans } : values
}

function readFans({ stored }: MinerState, given: Json | undefined): Json[] | null {
  const fans = stored['fans']
  if (!Array.isArray(given) || !Array.isArray(fans)) return null
  return fans.map((fan, channel) => {
    const change = given[channel]
    return isFields(fan) && isFields(change) ? { ...fan, ...matchingTypes(fan, change) } : fan
  })
}

function matchingTypes(fan: Fields, change: Fields): Fields {
  const settings = ['mode', 'manualSpeed', 'overheatTemp', 'pid']
  return Object.fromEntries(
    Object.entries(change).filter(([key, value]) => settings.includes(key) && typeof value === typeof fan[key])
  )
}

function all(rule: Rule, ...keys: string[]): Record<string, Rule> {
  return Object.fromEntries(keys.map((key) => [key, rule]))
}
