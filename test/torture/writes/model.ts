import { isAcknowledged, type Answer } from '../client.ts'

/** A preset as a client sees it, without derived fields. */
export interface PresetState {
  name: string
  stratumUser: string
  frequency: number
}

/** An imprinted device as a client sees it. */
export interface DeviceState {
  type: string
  presetUuid: string | null
}

/**
 * Possible states of a record: the last acknowledged one, and those requested since without being acknowledged or refused.
 * null means that the record does not exist.
 */
export type Possible<T> = (T | null)[]

const KEPT_OPERATIONS = 60

/** The acknowledged state, and what the backend may have done beyond it. Each record has one writer, which waits for answers. */
export class Model {
  readonly presets = new Map<string, Possible<PresetState>>()
  readonly devices = new Map<string, Possible<DeviceState>>()
  /** Requested presets without a known UUID, by `stratumUser`, which is unique. */
  readonly newPresets = new Map<string, PresetState>()
  /** Devices imprinted by one request: all or none of them. */
  readonly groups = new Set<readonly string[]>()
  /** The devices of operations that were accepted, by id. */
  readonly operations = new Map<string, readonly string[]>()
  /** Operations that were accepted, or seen after a start. */
  readonly seenOperations = new Set<string>()
  /** The devices of operations requested without an answer. */
  readonly newOperations = new Set<readonly string[]>()

  get presetUuids(): string[] {
    return [...this.presets].filter(([, states]) => states.at(-1) !== null).map(([uuid]) => uuid)
  }

  /** Applies an answer to a record that was requested to become `wanted`. */
  settle<T>(records: Map<string, Possible<T>>, key: string, wanted: T | null, answer: Answer): void {
    const before = records.get(key) ?? [null]
    if (isAcknowledged(answer)) records.set(key, [wanted])
    else if (isRefused(answer)) records.set(key, before.toSpliced(before.lastIndexOf(wanted), 1))
  }

  /** Adds a possible state to a record. */
  attempt<T>(records: Map<string, Possible<T>>, key: string, wanted: T | null): void {
    records.set(key, [...(records.get(key) ?? [null]), wanted])
    // One device of the group changes separately, so all-or-none no longer holds.
    for (const macs of this.groups) if (macs.includes(key)) this.groups.delete(macs)
  }

  /** Adds an accepted operation and drops the oldest, as the backend does. */
  keepOperation(id: string, macs: readonly string[]): void {
    this.operations.set(id, macs)
    this.seenOperations.add(id)
    const [oldest] = this.operations.keys()
    if (this.operations.size > KEPT_OPERATIONS && oldest !== undefined) this.operations.delete(oldest)
  }
}

/** Whether the backend has refused the request. After a 5xx the request may have been applied or not. */
export const isRefused = ({ status }: Answer): boolean => status >= 400 && status < 500
