import { readNumber, readObjects, type Info } from '../reading/fields.ts'
import { SLOT } from './pool-rules.ts'
import type { Setting } from './setting.ts'

/** Slots that firmware since v2.15.0 has for pools. */
export const SLOTS = 8

const INDEXES = { stratum: 'primaryPoolIndex', fallbackStratum: 'secondaryPoolIndex' } as const
export type PoolPrefix = keyof typeof INDEXES
export type PoolIndex = (typeof INDEXES)[PoolPrefix]

/** The pools that a miner has stored, by slot (AXEOS.md 3.4). */
export function slotsOf(info: Info): Map<number, Info> {
  const pools = readObjects(info, 'pools', SLOTS).filter(({ id }) => isSlot(id))
  return new Map(pools.map((pool) => [Number(pool.id), pool]))
}

/** Tells whether a value is the number of a slot. */
export function isSlot(id: unknown): id is number {
  return typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < SLOTS
}

/** Splits the flat name of a pool setting: `fallbackStratumURL` is `stratumURL` of the second pool. */
export function splitFlat(field: string): { prefix: PoolPrefix; index: PoolIndex; key: string } | null {
  const prefix = field.startsWith('fallbackStratum') ? 'fallbackStratum' : 'stratum'
  const key = prefix === 'stratum' ? field : `s${field.slice('fallbackS'.length)}`
  return Object.hasOwn(SLOT, key) ? { prefix, index: INDEXES[prefix], key } : null
}

/** The name of a slot's setting where it has no flat one. */
export function slotField(id: number, key: string): string {
  return `pools[${id}].${key}`
}

/** All settings of one slot by their keys; a pool in use is taken up at the next restart (AXEOS.md 3.4). */
export function slotSettings(id: number, slot: Info, inUse: boolean): Map<string, Setting> {
  return new Map(
    Object.entries(SLOT).map(([key, rule]) => [key, { key, rule, current: slot[key], restart: inUse, place: id }])
  )
}

/** All settings of all slots, by their names in slots and the flat ones of the two pools in use. */
export function poolSettings(info: Info): Map<string, Setting> {
  const settings = new Map<string, Setting>()
  const used = [readNumber(info, INDEXES.stratum), readNumber(info, INDEXES.fallbackStratum)]
  for (const [id, slot] of slotsOf(info)) {
    for (const [key, setting] of slotSettings(id, slot, used.includes(id))) {
      settings.set(slotField(id, key), setting)
      if (id === used[0]) settings.set(key, setting)
      if (id === used[1] && id !== used[0]) settings.set(`fallbackS${key.slice(1)}`, setting)
    }
  }
  return settings
}
