import { isDeepStrictEqual } from 'node:util'
import type { OperationDetail, Operation } from '../../../schemas/operation.ts'
import type { Preset } from '../../../schemas/preset.ts'
import type { Client } from '../client.ts'
import { devicesOf } from '../environment.ts'
import type { DeviceState, Model, Possible, PresetState } from './model.ts'

const RUNS_STILL = new Set(['queued', 'running', 'cancelling', 'stopping'])

/** Everything that the backend tells of presets, devices and operations. */
export interface Truth {
  presets: Map<string, PresetState>
  users: Map<string, string[]>
  devices: Map<string, DeviceState>
  operations: Operation[]
}

/** Asks the backend for all of it. @throws when it does not tell */
export async function read(client: Client): Promise<Truth> {
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

/** Holds what the backend tells against what it has promised, then takes it for the state from now on. */
export function compare(model: Model, truth: Truth): string[] {
  const problems = [
    ...comparePresets(model, truth),
    ...compareGroups(model, truth),
    ...compareDevices(model, truth),
    ...compareOperations(model, truth),
    ...findContradictions(truth)
  ]
  for (const [uuid, state] of truth.presets) model.presets.set(uuid, [state])
  for (const uuid of model.presets.keys()) if (!truth.presets.has(uuid)) model.presets.delete(uuid)
  for (const mac of model.devices.keys()) model.devices.set(mac, [truth.devices.get(mac) ?? null])
  model.newPresets.clear()
  model.groups.clear()
  model.newOperations.clear()
  return problems
}

function comparePresets({ presets, newPresets }: Model, truth: Truth): string[] {
  const known = [...presets].flatMap(([uuid, states]) =>
    judge(`preset ${uuid}`, states, truth.presets.get(uuid) ?? null)
  )
  const strange = [...truth.presets].filter(([uuid]) => !presets.has(uuid))
  const unknown = strange.flatMap(([uuid, state]) =>
    judge(`new preset ${uuid}`, [newPresets.get(state.stratumUser) ?? null], state)
  )
  return [...known, ...unknown]
}

/** Of devices that are being imprinted, what discovery calls them is not known: an empty type stands for any. */
function compareDevices({ devices }: Model, truth: Truth): string[] {
  const exists = (uuid: string | null) => (uuid !== null && truth.presets.has(uuid) ? uuid : null)
  return [...devices].flatMap(([mac, states]) => {
    const found = truth.devices.get(mac) ?? null
    const possible = states.map(
      (state) => state && { type: state.type || (found?.type ?? ''), presetUuid: exists(state.presetUuid) }
    )
    return judge(`device ${mac}`, possible, found)
  })
}

function compareGroups({ groups }: Model, truth: Truth): string[] {
  return [...groups].flatMap((macs) => {
    const there = macs.filter((mac) => truth.devices.has(mac)).length
    return there === 0 || there === macs.length ? [] : [`torn: ${there} of ${macs.length} devices are imprinted`]
  })
}

function compareOperations({ operations }: Model, truth: Truth): string[] {
  const there = new Set(truth.operations.map(({ id }) => id))
  return [...operations.keys()].filter((id) => !there.has(id)).map((id) => `lost: operation ${id}`)
}

/** What has to hold whatever was written. */
function findContradictions({ presets, users, devices, operations }: Truth): string[] {
  const problems: string[] = []
  const names = [...presets.values()].map(({ name }) => name.toLowerCase())
  if (new Set(names).size < names.length) problems.push(`names of presets are not unique: ${names.sort().join(', ')}`)
  for (const [mac, { presetUuid }] of devices) {
    if (presetUuid !== null && !presets.has(presetUuid)) problems.push(`device ${mac} has a preset that is not there`)
  }
  for (const [uuid, macs] of users) {
    const users = [...devices].filter(([, { presetUuid }]) => presetUuid === uuid).map(([mac]) => mac)
    if (!isDeepStrictEqual(macs, users.sort())) problems.push(`preset ${uuid} tells other devices than use it`)
  }
  for (const { id, total, counts } of operations) {
    const sum = Object.values(counts).reduce((all, count) => all + count, 0)
    if (sum !== total) problems.push(`operation ${id} counts ${sum} of ${total} devices`)
  }
  return problems
}

/**
 * After a start nothing runs: each operation and each device of it has an end that agrees with its counts. Those that
 * nobody knows are among those that were asked for without an answer.
 */
export async function checkOperations(client: Client, model: Model, newest: number): Promise<string[]> {
  const operations = (await client.get<Operation[]>('/operations')).slice(0, newest)
  const details = await Promise.all(operations.map(({ id }) => client.get<OperationDetail>(`/operations/${id}`)))
  const problems = details.flatMap((detail) => judgeOperation(detail, model))
  for (const { id } of operations) model.seenOperations.add(id)
  return problems
}

function judgeOperation({ id, status, counts, total, devices }: OperationDetail, model: Model): string[] {
  const problems: string[] = []
  const found = devices.map(({ mac }) => mac)
  const isAskedFor = (macs: readonly string[]) => isDeepStrictEqual(macs.toSorted(), found)
  const known = model.operations.get(id)
  if (known && !isAskedFor(known)) problems.push('has other devices than were asked for')
  if (!known && !model.seenOperations.has(id) && ![...model.newOperations].some(isAskedFor))
    problems.push('is torn, or was never asked for')
  if (total !== devices.length) problems.push(`has ${devices.length} of ${total} devices`)
  if (RUNS_STILL.has(status) || devices.some((row) => RUNS_STILL.has(row.status)))
    problems.push(`is ${status} after a start`)
  for (const [word, count] of Object.entries(counts)) {
    const rows = devices.filter((row) => row.status === word).length
    if (rows !== count) problems.push(`counts ${count} ${word}, and has ${rows}`)
  }
  return problems.map((problem) => `operation ${id} ${problem}`)
}

function judge<T>(what: string, possible: Possible<T>, found: T | null): string[] {
  if (possible.some((state) => isDeepStrictEqual(state, found))) return []
  const kind = found === null ? 'lost' : 'torn or stale'
  return [`${kind}: ${what} is ${JSON.stringify(found)}, and may be ${JSON.stringify(possible)}`]
}
