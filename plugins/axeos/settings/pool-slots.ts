import { readNumber, readObjects, type Info } from '../reading/fields.ts'
import { SLOT_RULES } from './pool-rules.ts'
import type { Setting } from './rules.ts'

/** Number of pool slots of firmware since v2.15.0. */
export const SLOTS = 8

const INDEXES = { stratum: 'primaryPoolIndex', fallbackStratum: 'secondaryPoolIndex' } as const
export type PoolPrefix = keyof typeof INDEXES
export type PoolIndex = (typeof INDEXES)[PoolPrefix]

/** Returns a miner's pools by slot (AXEOS.md 3.4). */
export function listSlots(info: Info): Map<number, Info> {
  const pools = readObjects(info, 'pools', SLOTS).filter(({ id }) => isSlot(id))
  return new Map(pools.map((pool) => [Number(pool.id), pool]))
}

/** Whether a value is the number of a slot. */
export function isSlot(id: unknown): id is number {
  return typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < SLOTS
}

/** Splits the flat name of a pool setting: `fallbackStratumURL` is `stratumURL` of the secondary pool. */
export function splitFlatName(field: string): { prefix: PoolPrefix; index: PoolIndex; key: string } | null {
  const prefix = field.startsWith('fallbackStratum') ? 'fallbackStratum' : 'stratum'
  const key = prefix === 'stratum' ? field : `s${field.slice('fallbackS'.length)}`
  return Object.hasOwn(SLOT_RULES, key) ? { prefix, index: INDEXES[prefix], key } : null
}

/** Returns the name of a setting of a slot, such as `pools[2].stratumURL`. */
export function slotField(id: number, key: string): string {
  return `pools[${id}].${key}`
}

/** Returns the settings of one slot by key. Changes of a pool in use take effect after a restart (AXEOS.md 3.4). */
export function slotSettings(id: number, slot: Info, isUsed: boolean): Map<string, Setting> {
  return new Map(
    Object.entries(SLOT_RULES).map(([key, rule]) => [
      key,
      { key, rule, current: slot[key], restart: isUsed, index: id }
    ])
  )
}

/** Returns the settings of all slots by name; those of the two pools in use also by their flat names. */
export function poolSettings(info: Info): Map<string, Setting> {
  const settings = new Map<string, Setting>()
  const used = [readNumber(info, INDEXES.stratum), readNumber(info, INDEXES.fallbackStratum)]
  for (const [id, slot] of listSlots(info)) {
    for (const [key, setting] of slotSettings(id, slot, used.includes(id))) {
      settings.set(slotField(id, key), setting)
      if (id === used[0]) settings.set(key, setting)
      if (id === used[1] && id !== used[0]) settings.set(`fallbackS${key.slice(1)}`, setting)
    }
  }
  return settings
}
