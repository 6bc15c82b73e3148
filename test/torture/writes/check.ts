import { isDeepStrictEqual } from 'node:util'
import type { OperationDetail, Operation } from '../../../schemas/operation.ts'
import type { Preset } from '../../../schemas/preset.ts'
import type { Client } from '../client.ts'
import { devicesOf } from '../environment.ts'
import type { DeviceState, Model, Possible, PresetState } from './model.ts'

const UNFINISHED = new Set(['queued', 'running', 'cancelling', 'stopping'])

/** All presets, devices and operations of a backend. */
interface Snapshot {
  presets: Map<string, PresetState>
  users: Map<string, string[]>
  devices: Map<string, DeviceState>
  operations: Operation[]
}

/** Reads a snapshot. @throws when a request fails */
export async function read(client: Client): Promise<Snapshot> {
  const presets = await client.get<Preset[]>('/presets')
  const devices = await devicesOf(client)
  const operations = await client.get<Operation[]>('/operations')
  const stateOf = ({ name, configuration: { stratumUser, frequency = 0 } }: Preset) => ({
    name,
    stratumUser,
    frequency
  })
  return {
    presets: new Map(presets.map((preset) => [preset.uuid, stateOf(preset)])),
    users: new Map(presets.map(({ uuid, associatedDevices }) => [uuid, associatedDevices.toSorted()])),
    devices: new Map([...devices].map(([mac, { type, presetUuid = null }]) => [mac, { type, presetUuid }])),
    operations
  }
}

/** Compares a snapshot with the model, then makes it the new state of the model. */
export function compare(model: Model, snapshot: Snapshot): string[] {
  const problems = [
    ...comparePresets(model, snapshot),
    ...compareGroups(model, snapshot),
    ...compareDevices(model, snapshot),
    ...compareOperations(model, snapshot),
    ...findContradictions(snapshot)
  ]
  for (const [uuid, state] of snapshot.presets) model.presets.set(uuid, [state])
  for (const uuid of model.presets.keys()) if (!snapshot.presets.has(uuid)) model.presets.delete(uuid)
  for (const mac of model.devices.keys()) model.devices.set(mac, [snapshot.devices.get(mac) ?? null])
  model.newPresets.clear()
  model.groups.clear()
  model.newOperations.clear()
  return problems
}

function comparePresets({ presets, newPresets }: Model, snapshot: Snapshot): string[] {
  const known = [...presets].flatMap(([uuid, states]) =>
    checkRecord(`preset ${uuid}`, states, snapshot.presets.get(uuid) ?? null)
  )
  const unknownPresets = [...snapshot.presets].filter(([uuid]) => !presets.has(uuid))
  const unknown = unknownPresets.flatMap(([uuid, state]) =>
    checkRecord(`new preset ${uuid}`, [newPresets.get(state.stratumUser) ?? null], state)
  )
  return [...known, ...unknown]
}

/** The type of a device being imprinted is decided by discovery: an empty type matches any. */
function compareDevices({ devices }: Model, snapshot: Snapshot): string[] {
  const exists = (uuid: string | null) => (uuid !== null && snapshot.presets.has(uuid) ? uuid : null)
  return [...devices].flatMap(([mac, states]) => {
    const found = snapshot.devices.get(mac) ?? null
    const possible = states.map(
      (state) => state && { type: state.type || (found?.type ?? ''), presetUuid: exists(state.presetUuid) }
    )
    return checkRecord(`device ${mac}`, possible, found)
  })
}

function compareGroups({ groups }: Model, snapshot: Snapshot): string[] {
  return [...groups].flatMap((macs) => {
    const there = macs.filter((mac) => snapshot.devices.has(mac)).length
    return there === 0 || there === macs.length ? [] : [`torn: ${there} of ${macs.length} devices are imprinted`]
  })
}

function compareOperations({ operations }: Model, snapshot: Snapshot): string[] {
  const there = new Set(snapshot.operations.map(({ id }) => id))
  return [...operations.keys()].filter((id) => !there.has(id)).map((id) => `lost: operation ${id}`)
}

/** Checks invariants that hold after any write. */
function findContradictions({ presets, users, devices, operations }: Snapshot): string[] {
  const problems: string[] = []
  const names = [...presets.values()].map(({ name }) => name.toLowerCase())
  if (new Set(names).size < names.length) problems.push(`names of presets are not unique: ${names.sort().join(', ')}`)
  for (const [mac, { presetUuid }] of devices) {
    if (presetUuid !== null && !presets.has(presetUuid)) problems.push(`device ${mac} has a preset that does not exist`)
  }
  for (const [uuid, macs] of users) {
    const users = [...devices].filter(([, { presetUuid }]) => presetUuid === uuid).map(([mac]) => mac)
    if (!isDeepStrictEqual(macs, users.sort()))
      problems.push(`preset ${uuid} lists other devices than those that use it`)
  }
  for (const { id, total, counts } of operations) {
    const sum = Object.values(counts).reduce((all, count) => all + count, 0)
    if (sum !== total) problems.push(`operation ${id} counts ${sum} of ${total} devices`)
  }
  return problems
}

/**
 * Checks operations after a start: each one and each of its devices is finished and agrees with its counts. An operation that
 * the model does not know is one of those requested without an answer.
 */
export async function checkOperations(client: Client, model: Model, newest: number): Promise<string[]> {
  const operations = (await client.get<Operation[]>('/operations')).slice(0, newest)
  const details = await Promise.all(operations.map(({ id }) => client.get<OperationDetail>(`/operations/${id}`)))
  const problems = details.flatMap((detail) => checkOperation(detail, model))
  for (const { id } of operations) model.seenOperations.add(id)
  return problems
}

function checkOperation({ id, status, counts, total, devices }: OperationDetail, model: Model): string[] {
  const problems: string[] = []
  const found = devices.map(({ mac }) => mac)
  const isRequested = (macs: readonly string[]) => isDeepStrictEqual(macs.toSorted(), found)
  const known = model.operations.get(id)
  if (known && !isRequested(known)) problems.push('has other devices than requested')
  if (!known && !model.seenOperations.has(id) && ![...model.newOperations].some(isRequested))
    problems.push('is torn, or was never requested')
  if (total !== devices.length) problems.push(`has ${devices.length} of ${total} devices`)
  if (UNFINISHED.has(status) || devices.some((row) => UNFINISHED.has(row.status)))
    problems.push(`is ${status} after a start`)
  for (const [word, count] of Object.entries(counts)) {
    const rows = devices.filter((row) => row.status === word).length
    if (rows !== count) problems.push(`counts ${count} ${word}, and has ${rows}`)
  }
  return problems.map((problem) => `operation ${id} ${problem}`)
}

function checkRecord<T>(what: string, possible: Possible<T>, found: T | null): string[] {
  if (possible.some((state) => isDeepStrictEqual(state, found))) return []
  const kind = found === null ? 'lost' : 'torn or stale'
  return [`${kind}: ${what} is ${JSON.stringify(found)}, and may be ${JSON.stringify(possible)}`]
}
