import { isDeepStrictEqual } from 'node:util'
import type { Reading } from '../../../schemas/telemetry.ts'
import { KEEP, note, type Draft } from './draft.ts'
import { isObject, type Info } from '../reading/fields.ts'
import { SLOT } from './pool-rules.ts'
import { isSlot, slotField, slotSettings, SLOTS, slotsOf, splitFlat, type PoolIndex } from './pool-slots.ts'
import { splitPoolUrl } from './pool-url.ts'
import { integer, notAllowed } from './rules.ts'

/** What is asked of one slot: by its key, the value and how the client calls it. */
type Asked = Map<string, { field: string; value: unknown }>

interface PoolPlan {
  readonly draft: Draft
  readonly info: Info
  readonly wanted: Info
  readonly echo: boolean
  readonly slots: ReadonlyMap<number, Info>
  readonly asked: Map<number, Asked>
  /** Which slots are the first and the second pool when all is written. */
  readonly indexes: Record<PoolIndex, number | null>
}

const REQUIRED = ['stratumURL', 'stratumPort', 'stratumUser']
const index = integer(0, SLOTS - 1)

/**
 * Plans the pools of firmware since v2.15.0: it ignores the flat keys, and replaces a slot as a whole, so each slot that
 * changes is written with everything it has (AXEOS.md 3.4). The flat keys stand for the two pools in use; in an echoed
 * info they are mirrors, so only those count that the client changed.
 * @throws {SettingNotAllowedError}
 */
export function planPools(draft: Draft, { info }: Reading, wanted: Info, echo: boolean): void {
  const indexes = {
    primaryPoolIndex: readIndex('primaryPoolIndex', wanted, info),
    secondaryPoolIndex: readIndex('secondaryPoolIndex', wanted, info)
  }
  const plan: PoolPlan = { draft, info, wanted, echo, slots: slotsOf(info), asked: new Map(), indexes }
  if (wanted.pools !== undefined) gatherSlots(plan, wanted.pools)
  for (const [field, value] of Object.entries(wanted)) gatherFlat(plan, field, value)
  const pools = [...plan.asked].map(([id, asked]) => planSlot(plan, id, asked)).filter((pool) => pool !== null)
  if (pools.length > 0) draft.body.pools = pools
  checkIndexes(plan, pools)
}

function readIndex(field: PoolIndex, wanted: Info, info: Info): number | null {
  const id = index.read(wanted[field] ?? info[field])
  return isSlot(id) ? id : null
}

/** Takes what an array of pools asks for, slot by slot; slots that it leaves out stay as they are. */
function gatherSlots(plan: PoolPlan, pools: unknown): void {
  if (!Array.isArray(pools)) throw notAllowed('pools', pools, 'a list of pool objects')
  for (const pool of pools) {
    const id: unknown = isObject(pool) ? index.read(pool.id) : null
    if (!isObject(pool) || !isSlot(id))
      throw notAllowed('pools', pool, `objects, each with an id from 0 to ${SLOTS - 1}`)
    const slot = plan.slots.get(id)
    for (const [key, value] of Object.entries(pool)) {
      const field = slotField(id, key)
      if (key === 'id' || (slot && !Object.hasOwn(SLOT, key) && Object.hasOwn(slot, key))) continue
      if (slot && Object.hasOwn(slot, key) && isDeepStrictEqual(value, slot[key])) plan.draft.unchanged.push(field)
      else if (Object.hasOwn(SLOT, key)) ask(plan, id, key, field, value)
      else plan.draft.refused.push({ field, reason: 'a pool has no setting of that name' })
    }
  }
}

function gatherFlat(plan: PoolPlan, field: string, value: unknown): void {
  const flat = splitFlat(field)
  if (flat === null) return
  const id = plan.indexes[flat.index]
  if (plan.echo && isMirror(plan, field, value)) return void plan.draft.unchanged.push(field)
  const slot = id === null ? undefined : plan.slots.get(id)
  const shared = flat.prefix === 'fallbackStratum' && id === plan.indexes.primaryPoolIndex
  if (id !== null && !shared && (slot || plan.asked.has(id))) return ask(plan, id, flat.key, field, value)
  if (isNoPool(plan.wanted, flat.prefix)) return void plan.draft.unchanged.push(field)
  ask(plan, occupy(plan, flat.index, shared ? null : id), flat.key, field, value)
}

/** Whether an echoed flat value is what the miner mirrors there, or could not read. */
function isMirror({ info }: PoolPlan, field: string, value: unknown): boolean {
  return value === null || isDeepStrictEqual(value, info[field])
}

/** A pool that is not there and whose URL is asked to be empty: so it is already. */
function isNoPool(wanted: Info, prefix: string): boolean {
  return wanted[`${prefix}URL`] === ''
}

/** Finds a slot for a pool that has none yet: the one the client chose, or the lowest free one. */
function occupy(plan: PoolPlan, name: PoolIndex, chosen: number | null): number {
  const { draft, slots, asked, info, wanted, indexes } = plan
  const free = Array.from({ length: SLOTS }, (_, id) => id).find((id) => !slots.has(id) && !asked.has(id))
  const id = wanted[name] !== undefined && !plan.echo && chosen !== null ? chosen : free
  if (id === undefined) throw notAllowed(name, 'none', 'all of the slots are taken: change one of them')
  indexes[name] = id
  if (info[name] === id || wanted[name] === id) return id
  draft.body[name] = id
  draft.changes.push({ field: name, from: info[name], to: id })
  draft.restartRequired = true
  return id
}

/** @throws {SettingNotAllowedError} the request says two different things about one slot */
function ask({ asked }: PoolPlan, id: number, key: string, field: string, value: unknown): void {
  const slot: Asked = asked.get(id) ?? new Map()
  asked.set(id, slot)
  const before = slot.get(key)
  if (before && before.value !== value)
    throw notAllowed(field, value, `${before.field} of the same pool says otherwise`)
  slot.set(key, { field, value })
}

/** The whole object for a slot, or null when the miner has all of it already. */
function planSlot({ draft, slots, indexes }: PoolPlan, id: number, asked: Asked): Info | null {
  const slot = slots.get(id)
  const settings = slotSettings(id, slot ?? {}, Object.values(indexes).includes(id))
  const fieldOf = (key: string) => asked.get(key)?.field ?? siblingOf(asked, id, key)
  const values = Object.fromEntries([...asked].map(([key, { value }]) => [key, value]))
  const changed: Info = {}
  for (const [key, value] of Object.entries(splitPoolUrl(values, slot ?? {}, true, { prefix: 'stratum', fieldOf }))) {
    const setting = settings.get(key)
    const to = setting && note(draft, fieldOf(key), value, setting, 'boolean')
    if (to !== undefined) changed[key] = to
  }
  return Object.keys(changed).length === 0 ? null : complete({ id, slot, changed, fieldOf })
}

/** How the client would call a setting that it did not name: as it calls the others of the pool. */
function siblingOf(asked: Asked, id: number, key: string): string {
  const [known] = [...asked.values()].map(({ field }) => field)
  if (known?.startsWith('fallback')) return `fallbackS${key.slice(1)}`
  return known?.startsWith('pools') ? slotField(id, key) : key
}

interface Slot {
  id: number
  slot: Info | undefined
  changed: Info
  fieldOf: (key: string) => string
}

/** A left out password becomes "x", so one that is there is kept by name (AXEOS.md 3.4). */
function complete({ id, slot, changed, fieldOf }: Slot): Info {
  const pool: Info = { ...slot, id, ...(slot && { stratumPassword: KEEP }), ...changed }
  for (const key of REQUIRED) {
    if (pool[key] === undefined || pool[key] === '') throw notAllowed(fieldOf(key), 'nothing', 'a pool needs one')
  }
  return pool
}

function checkIndexes({ indexes, wanted, slots }: PoolPlan, pools: Info[]): void {
  for (const [field, id] of Object.entries(indexes)) {
    if (wanted[field] === undefined || id === null || slots.has(id) || pools.some((pool) => pool.id === id)) continue
    throw notAllowed(field, id, 'the number of a pool that the miner has')
  }
}
