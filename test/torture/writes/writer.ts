import { isAcknowledged, type Answer, type Client } from '../client.ts'
import { sleep, type Tally } from '../part.ts'
import type { Random } from '../random.ts'
import type { SecretScanner } from '../measures/secret-scanner.ts'
import { isRefused, type DeviceState, type Model, type PresetState } from './model.ts'

const MOST_PRESETS = 12
// Fewer names than presets, so that writers compete for names.
const NAMES = Array.from({ length: 60 }, (_, i) => `Preset ${i}`)
const LONGEST_TYPE = 256
const AFTER_FAILURE_MS = 50

export interface WriterParts {
  model: Model
  random: Random
  watch: SecretScanner
  /** Devices that only this writer changes. */
  macs: readonly string[]
  /** Devices for operations, shared by all writers. */
  bulkMacs: readonly string[]
  /** Statuses and codes of all answers. */
  seen: Tally
}

/** Makes random changes, one at a time, to its own presets and devices, and keeps the model up to date. */
export class Writer {
  readonly parts: WriterParts
  #presets = new Set<string>()
  #nonce = 0

  constructor(parts: WriterParts) {
    this.parts = parts
  }

  /** Assigns presets that only this writer changes. */
  ownPresets(uuids: readonly string[]): void {
    this.#presets = new Set(uuids)
  }

  /** Writes until `isOver`, or until an answer is missing. */
  async run(client: Client, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const { status } = await this.#writeSomething(client)
      if (status === 0) return
      if (status >= 500) await sleep(AFTER_FAILURE_MS)
    }
  }

  #writeSomething(client: Client): Promise<Answer> {
    const { random } = this.parts
    const roll = random.unit()
    for (const uuid of this.#presets) if (!this.#exists(uuid)) this.#presets.delete(uuid)
    if (this.#presets.size === 0 || (roll < 0.2 && this.#presets.size < MOST_PRESETS)) return this.#createPreset(client)
    if (roll < 0.4) return this.#changePreset(client, random.pick([...this.#presets]))
    if (roll < 0.5) return this.#deletePreset(client, random.pick([...this.#presets]))
    if (roll < 0.58) return this.#startOperation(client)
    return this.#writeDevice(client, random.pick(this.parts.macs))
  }

  #exists = (uuid: string) => (this.parts.model.presets.get(uuid)?.at(-1) ?? null) !== null

  async #send(client: Client, method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await client.send(method, path, body)
    const { status, code } = answer
    this.parts.seen.add(status === 0 || status < 400 ? status || 'no answer' : `${status} ${code}`)
    return answer
  }

  #newPreset(name: string): PresetState {
    const { random, macs } = this.parts
    return {
      name,
      stratumUser: `worker-${macs[0]}-${this.#nonce++}-${'u'.repeat(random.below(150))}`,
      frequency: random.between(400, 600)
    }
  }

  #settingsOf({ stratumUser, frequency }: PresetState) {
    const stratumPassword = this.parts.watch.plant(`pool-${this.#nonce}`)
    return { stratumURL: 'pool.example', stratumPort: 3333, stratumUser, stratumPassword, frequency }
  }

  async #createPreset(client: Client): Promise<Answer> {
    const { model, random } = this.parts
    const state = this.#newPreset(random.pick(NAMES))
    model.newPresets.set(state.stratumUser, state)
    const answer = await this.#send(client, 'POST', '/presets', {
      name: state.name,
      configuration: this.#settingsOf(state)
    })
    if (isAcknowledged(answer)) {
      const { uuid } = (answer.body as { data: { uuid: string } }).data
      model.presets.set(uuid, [state])
      this.#presets.add(uuid)
    }
    if (isAcknowledged(answer) || isRefused(answer)) model.newPresets.delete(state.stratumUser)
    return answer
  }

  async #changePreset(client: Client, uuid: string): Promise<Answer> {
    const { model, random } = this.parts
    const before = model.presets.get(uuid)?.at(-1)
    const wanted = this.#newPreset(random.chance(0.5) ? random.pick(NAMES) : (before?.name ?? random.pick(NAMES)))
    model.attempt(model.presets, uuid, wanted)
    const body = { name: wanted.name, configuration: this.#settingsOf(wanted) }
    const answer = await this.#send(client, 'PATCH', `/presets/${uuid}`, body)
    model.settle(model.presets, uuid, wanted, answer)
    return answer
  }

  async #deletePreset(client: Client, uuid: string): Promise<Answer> {
    const { model } = this.parts
    model.attempt(model.presets, uuid, null)
    const answer = await this.#send(client, 'DELETE', `/presets/${uuid}`)
    model.settle(model.presets, uuid, null, answer)
    return answer
  }

  #writeDevice(client: Client, mac: string): Promise<Answer> {
    const { model, random } = this.parts
    const before = model.devices.get(mac)?.at(-1)
    if (!before) return this.#imprint(client)
    if (random.chance(0.2)) return this.#removeDevice(client, mac)
    return this.#editDevice(client, mac, before)
  }

  async #editDevice(client: Client, mac: string, before: DeviceState): Promise<Answer> {
    const { model, random } = this.parts
    const known = model.presetUuids
    const presetUuid = known.length > 0 && random.chance(0.7) ? random.pick(known) : null
    const type = `${this.#nonce++} `.repeat(100).slice(0, random.between(20, LONGEST_TYPE))
    // Usually both fields, so that a partial write is noticed; always both when the present state is uncertain.
    const isCertain = model.devices.get(mac)?.length === 1
    const edits = !isCertain || random.chance(0.7) ? { type, presetUuid } : { type }
    const wanted = { ...before, ...edits }
    model.attempt(model.devices, mac, wanted)
    const answer = await this.#send(client, 'PATCH', `/devices/imprint/${mac}`, { device: edits })
    model.settle(model.devices, mac, wanted, answer)
    return answer
  }

  async #removeDevice(client: Client, mac: string): Promise<Answer> {
    const { model } = this.parts
    model.attempt(model.devices, mac, null)
    const answer = await this.#send(client, 'DELETE', `/devices/imprint/${mac}`)
    model.settle(model.devices, mac, null, answer)
    return answer
  }

  /** Imprints all its devices that are certainly not imprinted, in one request. */
  async #imprint(client: Client): Promise<Answer> {
    const { model, macs, ...rest } = { ...this.parts }
    const isCertain = (mac: string) => (model.devices.get(mac) ?? [null]).every((state) => state === null)
    const absent = macs.filter(isCertain)
    const wanted = absent.length > 0 ? absent : [rest.random.pick(macs)]
    const fresh = new Map(wanted.map((mac): [string, DeviceState] => [mac, { type: '', presetUuid: null }]))
    for (const [mac, state] of fresh) model.attempt(model.devices, mac, state)
    if (absent.length > 0) model.groups.add(absent)
    const answer = await this.#send(client, 'PUT', '/devices/imprint', { macs: wanted })
    for (const [mac, state] of fresh) model.settle(model.devices, mac, state, answer)
    if (isAcknowledged(answer)) this.#applyAnswer(wanted, answer)
    if (isAcknowledged(answer) || isRefused(answer)) model.groups.delete(absent)
    return answer
  }

  /** Takes the device types from the answer. A device unknown to discovery is missing there. */
  #applyAnswer(macs: readonly string[], answer: Answer): void {
    const { data } = answer.body as { data: ({ mac: string } & DeviceState)[] }
    for (const mac of macs) {
      const device = data.find((one) => one.mac === mac)
      this.parts.model.devices.set(mac, [device ? { type: device.type, presetUuid: device.presetUuid } : null])
    }
  }

  async #startOperation(client: Client): Promise<Answer> {
    const { model, random, bulkMacs } = this.parts
    const macs = random.some(bulkMacs, random.between(2, bulkMacs.length))
    const presetUuid = random.pick([...this.#presets])
    const choice = random.pick([
      { action: 'identify' },
      {
        action: 'settings',
        settings: { frequency: random.between(400, 600), stratumPassword: this.parts.watch.plant('bulk') }
      },
      { action: 'preset', presetUuid }
    ])
    model.newOperations.add(macs)
    const answer = await this.#send(client, 'POST', '/devices/bulk', { macs, ...choice })
    if (isAcknowledged(answer)) model.keepOperation((answer.body as { data: { id: string } }).data.id, macs)
    if (isAcknowledged(answer) || isRefused(answer)) model.newOperations.delete(macs)
    return answer
  }
}
