import { showHostname } from '../fleet/fleet.ts'
import type { MinerState } from '../miner/state.ts'
import type { Fields, Json } from '../types.ts'
import { settle } from '../miner/vitals.ts'

const secretKeys = new Set(['wifiPass', 'stratumPassword', 'fallbackStratumPassword'])

/** Whether a settings key is kept secret. */
export function isSecret(key: string): boolean {
  return secretKeys.has(key)
}

/**
 * Stores accepted values: secrets apart, what info shows in place, the rest hidden. Settings that need a restart show at once too,
 * since info tells the configuration. Returns the keys whose values changed.
 */
export function commit(state: MinerState, values: Fields): Fields {
  settle(state)
  const changed = Object.fromEntries(Object.entries(values).filter(([key, value]) => store(state, key, value)))
  settle(state)
  return changed
}

function store(state: MinerState, key: string, value: Json): boolean {
  if (isSecret(key)) return storeSecret(state, key, String(value))
  if (key === 'hostname') return storeHostname(state, String(value))
  const place = key in state.stored ? state.stored : state.hidden
  const kept = alike(place[key], value)
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
  showHostname(state)
  return changed
}

/** A flag in the form this firmware shows it: some are 0/1, some booleans (AXEOS.md 2). */
function alike(before: Json | undefined, value: Json): Json {
  if (typeof before === 'boolean' && typeof value === 'number') return value !== 0
  if (typeof before === 'number' && typeof value === 'boolean') return Number(value)
  return value
}
