import { updateHostnameFields } from '../fleet/fleet.ts'
import type { MinerState } from '../miner/state.ts'
import type { Fields, Json } from '../json.ts'
import { startNewRate } from '../miner/vitals.ts'

const secretKeys = new Set(['wifiPass', 'stratumPassword', 'fallbackStratumPassword'])

/**
 * Stores accepted values: secrets separately, fields of the info answer in place, all others hidden. Settings that need a restart
 * appear at once too, because info shows the configuration. Returns the values that changed.
 */
export function commit(state: MinerState, values: Fields): Fields {
  startNewRate(state)
  const changed = Object.fromEntries(Object.entries(values).filter(([key, value]) => store(state, key, value)))
  startNewRate(state)
  return changed
}

function store(state: MinerState, key: string, value: Json): boolean {
  if (secretKeys.has(key)) return storeSecret(state, key, String(value))
  if (key === 'hostname') return storeHostname(state, String(value))
  const place = key in state.stored ? state.stored : state.hidden
  const kept = toStoredType(place[key], value)
  if (JSON.stringify(place[key]) === JSON.stringify(kept)) return false
  place[key] = kept
  return true
}

function storeSecret({ secrets, stored }: MinerState, key: string, value: string): boolean {
  const changed = secrets.get(key) !== value
  secrets.set(key, value)
  if (key in stored) stored[key] = value
  return changed
}

function storeHostname(state: MinerState, hostname: string): boolean {
  const changed = state.hostname !== hostname
  state.hostname = hostname
  updateHostnameFields(state)
  return changed
}

/** Converts a flag to the type in which this firmware shows it: 0/1 or a boolean (AXEOS.md 2). */
function toStoredType(before: Json | undefined, value: Json): Json {
  if (typeof before === 'boolean' && typeof value === 'number') return value !== 0
  if (typeof before === 'number' && typeof value === 'boolean') return Number(value)
  return value
}
