import type { FastifyBaseLogger } from 'fastify'
import { DeviceNotFoundError } from '../../src/errors/requests.ts'
import type { Bus } from '../../src/bus.ts'
import type { Address } from '../../src/network.ts'
import type { DeviceSnapshot, Imprint } from '../../schemas/device.ts'
import type { Reading, StoredReading } from '../../schemas/telemetry.ts'
import { AddressTracker } from './address-tracker.ts'
import { Claims } from './claims.ts'
import { createConfirm, type Confirm, type ConfirmedMiner, type ConfirmOptions } from './confirm.ts'
import { HubDevice } from './hub-device.ts'
import type { MacOf } from './identity.ts'
import { lastKnownOf, type LastKnown } from './last-known.ts'
import { Poller } from './poller.ts'
import { createRefreshOptions, type RefreshParts } from './refresh-options.ts'

interface HubParts extends RefreshParts {
  bus: Bus
  log: FastifyBaseLogger
  intervalMs: number
  concurrency: number
  recoveryConcurrency: number
  /** Takes the reading of a regular poll. */
  poll(address: Address, signal: AbortSignal): Promise<Reading>
  /** Asks a miner for its reading now. */
  read(address: Address, signal: AbortSignal): Promise<Reading>
  toReading(info: StoredReading['info']): Reading
  macOf: MacOf
  /** Asks discovery for the current address of a device; null when it is unknown. */
  locate(mac: string): Promise<Address | null>
  /** Reads the stored readings of these devices, in this order. */
  readStored(macs: string[]): Promise<unknown[]>
  isImprinted(mac: string): boolean
  /** Time between two checks of a conflict, ms. */
  conflictCheckMs: number
}

/** Owns the devices it has claimed: polls those it is told to watch, and knows the latest state of each. Keyed by MAC. */
export class Hub {
  readonly #parts: HubParts
  readonly #devices = new Map<string, HubDevice>()
  readonly #poller: Poller
  readonly #claims: Claims
  readonly #confirm: Confirm
  readonly #tracker: AddressTracker
  #closed = false

  constructor(parts: HubParts) {
    this.#parts = parts
    const refreshOptions = createRefreshOptions(parts)
    this.#poller = new Poller({
      ...parts,
      onAnswer: (device, session) => void refreshOptions(device, session),
      onFailure: (device, session, met) => this.#tracker.handleFailure(device, session, device.address, met)
    })
    this.#claims = new Claims({
      ...parts,
      enqueue: (task) => this.#poller.runInRecovery(task),
      pollSoon: (device) => this.#poller.pollSoon(device)
    })
    this.#tracker = new AddressTracker({
      ...parts,
      claims: this.#claims,
      getDevice: (mac) => this.#devices.get(mac)
    })
    this.#confirm = createConfirm({ ...parts, claims: this.#claims, tracker: this.#tracker })
  }

  /** Takes over a device without watching it. A device that is already claimed stays as it is. */
  claim(mac: string, address: Address, known: LastKnown): void {
    if (this.#devices.has(mac)) return
    const optionsVersion = known.asicOptions && known.reading ? known.reading.identity.version : null
    this.#devices.set(mac, Object.assign(new HubDevice(mac, address), known, { optionsVersion }))
  }

  /**
   * Claims imprinted devices as the store has them. A device that is already claimed but does not answer moves to its stored
   * address; where a device answers is newer than what was stored.
   * @returns MACs of the devices that were claimed
   */
  async claimStored(imprints: Imprint[]): Promise<string[]> {
    const rows = await this.#parts.readStored(imprints.map(({ mac }) => mac))
    const isClaimed = imprints.map((imprint, i) => this.#restore(imprint, rows[i]))
    return imprints.filter((_, i) => isClaimed[i]).map(({ mac }) => mac)
  }

  /** Releases a device. When the promise resolves, no task talks to it any more and none will. */
  async release(mac: string): Promise<void> {
    const device = this.#devices.get(mac)
    if (!device) return
    this.#devices.delete(mac)
    device.lifetime.abort()
    this.#stop([device])
    this.#parts.bus.emit('device.released', { mac })
    await device.idle()
  }

  /** Starts polling devices that are not polled yet. Unknown MACs are ignored. */
  watch(macs: Iterable<string>): void {
    for (const mac of macs) {
      const device = this.#devices.get(mac)
      if (!device || device.session) continue
      this.#poller.start(device)
      this.#parts.bus.emit('device.watched', { mac })
    }
  }

  /** Watches exactly these devices. When the promise resolves, no task talks to the others any more. */
  async watchOnly(macs: ReadonlySet<string>): Promise<void> {
    const others = [...this.#devices.values()].filter((device) => device.session && !macs.has(device.mac))
    this.#stop(others)
    this.watch(macs)
    await Promise.all(others.map((device) => device.idle()))
  }

  /** Sets the address of a device. */
  readdress(mac: string, address: Address): void {
    const device = this.#devices.get(mac)
    if (!device || device.ip === address.text) return
    const { address: before, ip: from } = device
    device.address = address
    this.#claims.handleReaddress(device, before)
    if (device.session) this.#poller.restart(device)
    this.#parts.bus.emit('device.moved', { mac, from, to: address.text })
  }

  /** Handles a miner that discovery found: one with the MAC of a device at another address is checked before it is believed. */
  handleSighting(mac: string, address: Address): void {
    this.#tracker.handleSighting(mac, address)
  }

  /** @throws {IdentityConflictError} two miners claim the MAC of the device, so nothing may be written to either */
  requireUncontested(mac: string): void {
    this.#claims.requireUncontested(this.#require(mac))
  }

  /**
   * Runs a task with a miner, after the tasks queued before it, once a fresh reading has confirmed its identity.
   * @throws {DeviceNotFoundError} @throws {MinerMismatchError} another miner answers at its address
   * @throws {IdentityUnconfirmedError} its MAC is unknown and `unidentified` is `refuse`
   * @throws {IdentityConflictError} two miners claim its MAC and `unidentified` is `refuse`
   * @throws the named error of a miner that does not answer, and what the task throws
   */
  async withMiner<T>(mac: string, task: (miner: ConfirmedMiner) => Promise<T>, options: ConfirmOptions): Promise<T> {
    const device = this.#require(mac)
    return device.runExclusive(async () => task(await this.#confirm(device, options)))
  }

  /** Applies a reading that a command took, as if a poll had taken it. */
  applyReading(mac: string, reading: Reading): void {
    const device = this.#devices.get(mac)
    if (device) this.#poller.applyReading(device, reading)
  }

  /**
   * Expects a device that has accepted a restart to be silent for up to `graceMs`. Its state is `restarting` meanwhile.
   * @returns whether it was seen to have restarted; null when it is not watched
   */
  async expectRestart(mac: string, graceMs: number): Promise<boolean | null> {
    const device = this.#require(mac)
    return device.session ? this.#poller.expectRestart(device, graceMs) : null
  }

  get(mac: string): DeviceSnapshot | undefined {
    return this.#devices.get(mac)
  }

  /** The watched devices. */
  *snapshot(): Generator<DeviceSnapshot> {
    for (const device of this.#devices.values()) if (device.session) yield device
  }

  /** False once the hub has been closed. */
  get running(): boolean {
    return !this.#closed
  }

  /** Number of polls that wait for a free slot, by lane. */
  queueDepths(): { healthy: number; recovery: number } {
    return this.#poller.queueDepths
  }

  /** Stops everything without events: the process ends, and no device was removed. */
  async close(): Promise<void> {
    this.#closed = true
    const devices = [...this.#devices.values()]
    for (const device of devices) {
      device.lifetime.abort()
      device.session?.abort()
      device.session = null
    }
    this.#poller.close()
    await Promise.all(devices.map((device) => device.idle()))
  }

  #require(mac: string): HubDevice {
    const device = this.#devices.get(mac)
    if (!device) throw new DeviceNotFoundError(mac)
    return device
  }

  /** @returns whether the device was claimed */
  #restore(imprint: Imprint, row: unknown): boolean {
    const { mac, ip } = imprint
    // It may have been removed while the rows were read.
    if (!this.#parts.isImprinted(mac)) return false
    const { address, former, known } = lastKnownOf(imprint, row, this.#parts.toReading)
    if (!address) {
      this.#parts.log.error({ mac, ip }, 'an imprinted device has no valid address')
      return false
    }
    const device = this.#devices.get(mac)
    if (device && !device.answering) this.readdress(mac, address)
    this.claim(mac, address, known)
    const claimed = this.#devices.get(mac)
    if (claimed && former) this.#claims.addImprinted(claimed, former)
    return !device
  }

  #stop(devices: HubDevice[]): void {
    const watched = devices.filter((device) => device.session)
    for (const device of watched) this.#poller.stop(device)
    const remaining = [...this.snapshot()].map((device) => device.ip)
    for (const { mac, ip } of watched) this.#parts.bus.emit('device.unwatched', { mac, ip, remaining })
  }
}
