import type { Firmware } from '../miner/firmware.ts'
import type { MinerState } from '../miner/state.ts'
import type { Fields } from '../json.ts'
import { readPools } from './pools.ts'
import { rulesOf, type Rule } from './rules.ts'

const tables = new Map<Firmware, Map<string, [string, Rule]>>()

/**
 * Reads a PATCH body as firmware since v2.11.0 does (AXEOS.md 3.1, dialects `strict` and `pools`): keys match in any case, unknown keys are
 * ignored. Returns null when a value is invalid: nothing is saved then. Pools are returned under `pools`, for `storePools`.
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
  return firmware.dialect === 'pools' && 'pools' in body ? withPools(values, body) : values
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
