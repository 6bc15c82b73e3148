import { isFields, type Fields, type Json } from '../json.ts'
import type { MinerState } from '../miner/state.ts'
import { float, flag, integer, oneOf, text, type Rule } from './rules.ts'

const masked = '*****'
const required: Record<string, Rule> = {
  stratumURL: text(1, 255),
  stratumPort: integer(1, 65_535),
  stratumUser: text(1, 255)
}
const bool: Rule = (value) => (flag(value) === undefined ? undefined : flag(value) === 1)
// Limits: AXEOS.md 3.4.
const optional: Record<string, [Json, Rule]> = {
  stratumPassword: ['x', text(0, 255)],
  stratumProtocol: ['SV1', oneOf('SV1', 'SV2')],
  stratumSuggestedDifficulty: [1000, float(0, 1e18)],
  stratumExtranonceSubscribe: [false, bool],
  stratumTLS: [0, integer(0, 2)],
  stratumCert: ['', text(0, 3000)],
  stratumDecodeCoinbase: [true, bool],
  stratumV2ChannelType: ['extended', oneOf('standard', 'extended')],
  stratumV2AuthorityPubkey: ['', text(0, 128)],
  stratumV2RequireAuth: [false, bool]
}

/** Reads the `pools` list of a PATCH; null when any pool is invalid. */
export function readPools(value: Json): Fields[] | null {
  if (!Array.isArray(value)) return null
  const pools = value.map((pool) => (isFields(pool) ? readPool(pool, pool['id']) : null))
  return pools.every((pool) => pool !== null) ? pools : null
}

/** Reads one pool object for a slot (0 to 7) and fills in defaults. Null when a required key is missing or a value is invalid. */
export function readPool(pool: Fields, id: Json | undefined): Fields | null {
  const slot = integer(0, 7)(id ?? null)
  if (slot === undefined) return null
  const read: Fields = { id: slot }
  const rules = [
    ...Object.entries(required).map(([key, rule]) => [key, undefined, rule] as const),
    ...Object.entries(optional).map(([key, [standard, rule]]) => [key, standard, rule] as const)
  ]
  for (const [key, standard, rule] of rules) {
    const given = pool[key]
    const value = given === undefined ? standard : rule(given)
    if (value === undefined) return null
    read[key] = value
  }
  return read
}

/** Replaces slots; the password `*****` keeps the stored one. Returns the slots under `pools` when anything changed. */
export function storePools(state: MinerState, pools: Fields[]): Fields {
  const before = JSON.stringify([state.stored['pools'], [...state.secrets]])
  const slots = new Map(slotsOf(state).map((slot) => [slot['id'], slot]))
  for (const pool of pools) {
    const password = String(pool['stratumPassword'])
    if (password !== masked) state.secrets.set(`pools.${String(pool['id'])}`, password)
    slots.set(pool['id'], { ...ordered(pool), stratumPassword: masked })
  }
  state.stored['pools'] = [...slots.values()].sort((a, b) => Number(a['id']) - Number(b['id']))
  mirrorPools(state)
  return JSON.stringify([state.stored['pools'], [...state.secrets]]) === before ? {} : { pools }
}

/** Empties a slot. */
export function clearPool(state: MinerState, id: number): void {
  state.stored['pools'] = slotsOf(state).filter((slot) => slot['id'] !== id)
  state.secrets.delete(`pools.${id}`)
  mirrorPools(state)
}

/** Copies the primary and the secondary pool to the flat keys, which are read-only since v2.15.0 (AXEOS.md 2.3). */
export function mirrorPools(state: MinerState): void {
  const { stored } = state
  for (const [index, prefix] of [
    ['primaryPoolIndex', 'stratum'],
    ['secondaryPoolIndex', 'fallbackStratum']
  ] as const) {
    const slot = slotsOf(state).find(({ id }) => id === stored[index])
    for (const [key, value] of Object.entries(slot ?? {})) {
      const mirror = key.replace('stratum', prefix)
      if (key !== 'id' && mirror in stored) stored[mirror] = value
    }
  }
}

function slotsOf({ stored }: MinerState): Fields[] {
  const pools = stored['pools']
  return Array.isArray(pools) ? pools.filter(isFields) : []
}

/** Orders the keys as in the captured answer. */
function ordered(pool: Fields): Fields {
  const keys = ['id', 'stratumProtocol', 'stratumURL', 'stratumPort', 'stratumUser', 'stratumPassword']
  return { ...Object.fromEntries(keys.map((key) => [key, pool[key] ?? null])), ...pool }
}
