import { isAcknowledged, type Answer } from '../client.ts'

/** A preset as a client sees it, without what changes by itself. */
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
 * What a record may be: the last state that was acknowledged, and those that were asked for and neither acknowledged nor
 * refused. null: it is not there.
 */
export type Possible<T> = (T | null)[]

const KEPT_OPERATIONS = 60

/** What the backend has promised, and what it may have done beyond that. Each record has one writer, which waits. */
export class Model {
  readonly presets = new Map<string, Possible<PresetState>>()
  readonly devices = new Map<string, Possible<DeviceState>>()
  /** Presets that were asked for, whose UUID nobody has told; by their worker, which nobody else has. */
  readonly newPresets = new Map<string, PresetState>()
  /** Devices that one request imprints: all or none. */
  readonly groups = new Set<readonly string[]>()
  /** The devices of operations that were accepted, by id. */
  readonly operations = new Map<string, readonly string[]>()
  /** Operations that were ever accepted, or seen after a start. */
  readonly seenOperations = new Set<string>()
  /** The devices of operations that were asked for, without an answer. */
  readonly newOperations = new Set<readonly string[]>()

  get presetUuids(): string[] {
    return [...this.presets].filter(([, states]) => states.at(-1) !== null).map(([uuid]) => uuid)
  }

  /** Takes in what an answer means for a record that was to become `wanted`. */
  settle<T>(records: Map<string, Possible<T>>, key: string, wanted: T | null, answer: Answer): void {
    const before = records.get(key) ?? [null]
    if (isAcknowledged(answer)) records.set(key, [wanted])
    else if (isRefused(answer)) records.set(key, before.toSpliced(before.lastIndexOf(wanted), 1))
  }

  /** Notes that a record may be this from now on. */
  attempt<T>(records: Map<string, Possible<T>>, key: string, wanted: T | null): void {
    records.set(key, [...(records.get(key) ?? [null]), wanted])
    // Of what was imprinted together, one alone is being changed: nothing is known of the whole any more.
    for (const macs of this.groups) if (macs.includes(key)) this.groups.delete(macs)
  }

  /** Remembers an operation that was accepted; the backend forgets old ones, so this does too. */
  keepOperation(id: string, macs: readonly string[]): void {
    this.operations.set(id, macs)
    this.seenOperations.add(id)
    const [oldest] = this.operations.keys()
    if (this.operations.size > KEPT_OPERATIONS && oldest !== undefined) this.operations.delete(oldest)
  }
}

/** The backend has said that nothing will come of the request. A failure of its own may have left anything. */
export const isRefused = ({ status }: Answer): boolean => status >= 400 && status < 500
