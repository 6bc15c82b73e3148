import type { Firmware } from '../miner/firmware.ts'
import type { MinerState } from '../miner/state.ts'
import type { Fields } from '../types.ts'
import { readPools } from './pools.ts'
import { rulesOf, type Rule } from './rules.ts'

const tables = new Map<Firmware, Map<string, [string, Rule]>>()

/**
 * What firmware from v2.11.0 on makes of a PATCH body (AXEOS.md 3.1, dialects B and C): known keys in any case, unknown ones
 * ignored. Null: one value is wrong, nothing is saved. Pools of dialect C come back under `pools`, read by `storePools`.
 */
export function readStrict(state: MinerState, body: Fields): Fields | null {
  const { firmware } = state.profile
  const table = tables.get(firmware) ?? tableOf(firmware)
  const values: Fields = {}
  for (const [given, value] of Object.entries(body)) {
    const [key, rule] = table.get(given.toLowerCase()) ?? []
    if (!key || !rule) continue
    const accepted = rule(value)
    if (accepted === undefined) return null
    values[key] =
      key === 'hostname' && firmware.since('2.15.0', null) ? String(accepted).replace(/\.local$/, '') : accepted
  }
  return firmware.dialect === 'C' && 'pools' in body ? withPools(values, body) : values
}

function withPools(values: Fields, body: Fields): Fields | null {
  const pools = readPools(body['pools'] ?? null)
  return pools ? { ...values, pools } : null
}

function tableOf(firmware: Firmware): Map<string, [string, Rule]> {
  const table = new Map(Object.entries(rulesOf(firmware)).map((entry) => [entry[0].toLowerCase(), entry]))
  tables.set(firmware, table)
  return table
}
