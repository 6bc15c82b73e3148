import { isDeepStrictEqual } from 'node:util'
import type { Reading } from '../../../schemas/telemetry.ts'
import { isObject, type Info } from '../reading/fields.ts'
import { KEEP_PASSWORD, planValue, type PartialPlan } from './plan-value.ts'
import { SLOT_RULES } from './pool-rules.ts'
import { isSlot, listSlots, slotField, slotSettings, SLOTS, splitFlatName, type PoolIndex } from './pool-slots.ts'
import { splitPoolUrl } from './pool-url.ts'
import { integer, notAllowedError } from './rules.ts'

/** The requested values of one slot by key, with the client's name for each. */
type RequestedSlot = Map<string, { field: string; value: unknown }>

interface PoolPlan {
  readonly plan: PartialPlan
  readonly info: Info
  readonly requested: Info
  readonly isEcho: boolean
  readonly slots: ReadonlyMap<number, Info>
  readonly requestedSlots: Map<number, RequestedSlot>
  /** Slots of the primary and the secondary pool after the write. */
  readonly indexes: Record<PoolIndex, number | null>
}

const REQUIRED = ['stratumURL', 'stratumPort', 'stratumUser']
const index = integer(0, SLOTS - 1)

/**
 * Plans the pools of firmware since v2.15.0. It ignores the flat keys and replaces a slot as a whole, so each changed slot is
 * written with all of its settings (AXEOS.md 3.4). A client's flat keys mean the two pools in use; in an echo they are
 * mirrors, so only those that the client changed count.
 * @throws {SettingNotAllowedError}
 */
export function planPools(plan: PartialPlan, { info }: Reading, requested: Info, isEcho: boolean): void {
  const indexes = {
    primaryPoolIndex: readIndex('primaryPoolIndex', requested, info),
    secondaryPoolIndex: readIndex('secondaryPoolIndex', requested, info)
  }
  const pools: PoolPlan = { plan, info, requested, isEcho, slots: listSlots(info), requestedSlots: new Map(), indexes }
  if (requested.pools !== undefined) collectSlots(pools, requested.pools)
  for (const [field, value] of Object.entries(requested)) collectFlat(pools, field, value)
  const written = [...pools.requestedSlots]
    .map(([id, slot]) => planSlot(pools, id, slot))
    .filter((pool) => pool !== null)
  if (written.length > 0) plan.body.pools = written
  checkIndexes(pools, written)
}

function readIndex(field: PoolIndex, requested: Info, info: Info): number | null {
  const id = index.read(requested[field] ?? info[field])
  return isSlot(id) ? id : null
}

/** Collects the requested values of a list of pools; slots that it omits stay unchanged. */
function collectSlots(pools: PoolPlan, list: unknown): void {
  if (!Array.isArray(list)) throw notAllowedError('pools', list, 'a list of pool objects')
  for (const pool of list) {
    const id: unknown = isObject(pool) ? index.read(pool.id) : null
    if (!isObject(pool) || !isSlot(id))
      throw notAllowedError('pools', pool, `objects, each with an id from 0 to ${SLOTS - 1}`)
    for (const [key, value] of Object.entries(pool)) if (key !== 'id') collectSlotKey(pools, id, key, value)
  }
}

function collectSlotKey(pools: PoolPlan, id: number, key: string, value: unknown): void {
  const { plan, slots } = pools
  const slot = slots.get(id)
  const field = slotField(id, key)
  const isReported = slot !== undefined && Object.hasOwn(slot, key)
  const isSetting = Object.hasOwn(SLOT_RULES, key)
  if (isReported && !isSetting) return
  if (isReported && isDeepStrictEqual(value, slot[key])) plan.unchanged.push(field)
  else if (isSetting) addValue(pools, id, key, field, value)
  else plan.refused.push({ field, reason: 'a pool has no setting of that name' })
}

function collectFlat(pools: PoolPlan, field: string, value: unknown): void {
  const flat = splitFlatName(field)
  if (flat === null) return
  const { plan, slots, requestedSlots, indexes, requested } = pools
  const id = indexes[flat.index]
  if (pools.isEcho && isMirror(pools, field, value)) return void plan.unchanged.push(field)
  const slot = id === null ? undefined : slots.get(id)
  const isShared = flat.prefix === 'fallbackStratum' && id === indexes.primaryPoolIndex
  if (id !== null && !isShared && (slot || requestedSlots.has(id))) return addValue(pools, id, flat.key, field, value)
  if (isEmptyPool(requested, flat.prefix)) return void plan.unchanged.push(field)
  addValue(pools, assignSlot(pools, flat.index, isShared ? null : id), flat.key, field, value)
}

/** Whether an echoed flat value is the miner's own, or one that it could not read. */
function isMirror({ info }: PoolPlan, field: string, value: unknown): boolean {
  return value === null || isDeepStrictEqual(value, info[field])
}

/** Whether the client requests an empty pool. */
function isEmptyPool(requested: Info, prefix: string): boolean {
  return requested[`${prefix}URL`] === ''
}

/** Assigns a slot to a pool that has none: the client's choice, or the lowest free slot. */
function assignSlot(pools: PoolPlan, name: PoolIndex, chosen: number | null): number {
  const { plan, slots, requestedSlots, info, requested, indexes } = pools
  const free = Array.from({ length: SLOTS }, (_, id) => id).find((id) => !slots.has(id) && !requestedSlots.has(id))
  const id = requested[name] !== undefined && !pools.isEcho && chosen !== null ? chosen : free
  if (id === undefined) throw notAllowedError(name, 'none', 'all slots are in use: change one of them')
  indexes[name] = id
  if (info[name] === id || requested[name] === id) return id
  plan.body[name] = id
  plan.changes.push({ field: name, from: info[name], to: id })
  plan.restartRequired = true
  return id
}

/** @throws {SettingNotAllowedError} the request has two different values for one setting */
function addValue({ requestedSlots }: PoolPlan, id: number, key: string, field: string, value: unknown): void {
  const slot: RequestedSlot = requestedSlots.get(id) ?? new Map()
  requestedSlots.set(id, slot)
  const other = slot.get(key)
  if (other && other.value !== value)
    throw notAllowedError(field, value, `${other.field} of the same pool has another value`)
  slot.set(key, { field, value })
}

/** Returns the whole object for a slot, or null when the miner already has all of it. */
function planSlot({ plan, slots, indexes }: PoolPlan, id: number, requested: RequestedSlot): Info | null {
  const slot = slots.get(id)
  const settings = slotSettings(id, slot ?? {}, Object.values(indexes).includes(id))
  const fieldOf = (key: string) => requested.get(key)?.field ?? deriveField(requested, id, key)
  const values = Object.fromEntries([...requested].map(([key, { value }]) => [key, value]))
  const changed: Info = {}
  for (const [key, value] of Object.entries(splitPoolUrl(values, slot ?? {}, true, { prefix: 'stratum', fieldOf }))) {
    const setting = settings.get(key)
    const to = setting && planValue(plan, fieldOf(key), value, setting, 'boolean')
    if (to !== undefined) changed[key] = to
  }
  return Object.keys(changed).length === 0 ? null : buildPool({ id, slot, changed, fieldOf })
}

/** Names a setting that the client did not send, in the style of its other names for the pool. */
function deriveField(requested: RequestedSlot, id: number, key: string): string {
  const [known] = [...requested.values()].map(({ field }) => field)
  if (known?.startsWith('fallback')) return `fallbackS${key.slice(1)}`
  return known?.startsWith('pools') ? slotField(id, key) : key
}

interface ChangedSlot {
  id: number
  slot: Info | undefined
  changed: Info
  fieldOf: (key: string) => string
}

/** Firmware resets an omitted password to "x", so an existing one is kept explicitly (AXEOS.md 3.4). */
function buildPool({ id, slot, changed, fieldOf }: ChangedSlot): Info {
  const pool: Info = { ...slot, id, ...(slot && { stratumPassword: KEEP_PASSWORD }), ...changed }
  for (const key of REQUIRED) {
    if (pool[key] === undefined || pool[key] === '') throw notAllowedError(fieldOf(key), 'nothing', 'a pool needs one')
  }
  return pool
}

function checkIndexes({ indexes, requested, slots }: PoolPlan, pools: Info[]): void {
  for (const [field, id] of Object.entries(indexes)) {
    if (requested[field] === undefined || id === null || slots.has(id) || pools.some((pool) => pool.id === id)) continue
    throw notAllowedError(field, id, 'the number of a pool that the miner has')
  }
}
