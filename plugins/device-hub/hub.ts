import { DeviceNotFoundError } from '../../src/errors/requests.ts'
import type { Bus } from '../../src/bus.ts'
import type { LastKnown } from '../../src/last-known.ts'
import type { Address } from '../../src/network.ts'
import type { DeviceSnapshot } from '../../src/snapshot.ts'
import type { AsicOptions, Reading } from '../../schemas/telemetry.ts'
import { Entry, type Session } from './hub-device.ts'
import { Follower } from './address-tracker.ts'
import { Poller } from './poller.ts'

export interface HubParts {
  bus: Bus
  intervalMs: number
  concurrency: number
  recoveryConcurrency: number
  read(address: Address, signal: AbortSignal): Promise<Reading>
  /** After how long a miner is asked for its lists again when it could not tell them. */
  optionsAgainMs: number
  /** Asks a miner which frequencies and voltages it takes; rejects when the signal aborts. */
  readAsicOptions(address: Address, reading: Reading, signal: AbortSignal): Promise<AsicOptions>
  macOf(host: string): Promise<string | null>
  locate(mac: string): Promise<Address | null>
}

/** Owns the devices it was given: watches those it is told to, and knows the newest of each. Keyed by MAC. */
export class Hub {
  readonly #parts: HubParts
  readonly #entries = new Map<string, Entry>()
  readonly #poller: Poller
  readonly #follower: Follower
  #closed = false

  constructor(parts: HubParts) {
    this.#parts = parts
    const missed = (entry: Entry, session: Session, met: string | null) => this.#follower.missed(entry, session, met)
    const answered = (entry: Entry, session: Session) => void this.#learnOptions(entry, session)
    this.#poller = new Poller({ ...parts, missed, answered })
    this.#follower = new Follower({
      ...parts,
      entryOf: (mac) => this.#entries.get(mac),
      hasten: (entry) => this.#poller.hasten(entry)
    })
  }

  /** Takes a device over, without watching it yet. A device that the hub has stays as it is. */
  claim(mac: string, address: Address, known: LastKnown): void {
    if (this.#entries.has(mac)) return
    const optionsOf = known.asicOptions && known.reading ? known.reading.identity.version : null
    this.#entries.set(mac, Object.assign(new Entry(mac, address), known, { optionsOf }))
  }

  /** Gives a device up. When the promise resolves, nobody speaks with it any more, and nobody will. */
  async release(mac: string): Promise<void> {
    const entry = this.#entries.get(mac)
    if (!entry) return
    this.#entries.delete(mac)
    entry.lifetime.abort()
    this.#stop([entry])
    this.#parts.bus.emit('device.released', { mac })
    await entry.settled()
  }

  /** Begins polling devices that are not polled yet. MACs that the hub does not have are passed over. */
  watch(macs: Iterable<string>): void {
    for (const mac of macs) {
      const entry = this.#entries.get(mac)
      if (!entry || entry.session) continue
      this.#poller.start(entry)
      this.#parts.bus.emit('device.watched', { mac })
    }
  }

  /** Makes the watched devices exactly these. When the promise resolves, nobody speaks with the others any more. */
  async watchOnly(macs: ReadonlySet<string>): Promise<void> {
    const others = [...this.#entries.values()].filter((entry) => entry.session && !macs.has(entry.mac))
    this.#stop(others)
    this.watch(macs)
    await Promise.all(others.map((entry) => entry.settled()))
  }

  /** Looks for a device at another address from now on. */
  readdress(mac: string, address: Address): void {
    const entry = this.#entries.get(mac)
    if (!entry || entry.ip === address.text) return
    const from = entry.ip
    entry.address = address
    if (entry.session) this.#poller.restart(entry)
    this.#parts.bus.emit('device.moved', { mac, from, to: address.text })
  }

  /**
   * Speaks with a device, after whatever is under way with it. `task` is told where the device is looked for, and must
   * find out for itself whether it is there.
   * @throws {DeviceNotFoundError}
   */
  async converse<T>(mac: string, task: (address: Address, signal: AbortSignal) => Promise<T>): Promise<T> {
    const entry = this.#require(mac)
    return entry.exclusive(() => task(entry.address, entry.lifetime.signal))
  }

  /** Takes in a reading that a command took, as if a poll had. */
  learn(mac: string, reading: Reading): void {
    const entry = this.#entries.get(mac)
    if (entry) this.#poller.learn(entry, reading)
  }

  /** The miner `met` was found at the address where `mac` is looked for. */
  sighted(mac: string, met: string): void {
    const entry = this.#entries.get(mac)
    if (entry?.session) this.#follower.missed(entry, entry.session, met)
  }

  /**
   * A device has accepted a restart: for `graceMs` its silence is no failure, and its state is `restarting`.
   * @returns whether it was seen to have started anew; null when it is not watched, so nobody looks
   */
  async expectRestart(mac: string, graceMs: number): Promise<boolean | null> {
    const entry = this.#require(mac)
    return entry.session ? this.#poller.expectRestart(entry, graceMs) : null
  }

  get(mac: string): DeviceSnapshot | undefined {
    return this.#entries.get(mac)
  }

  /** The watched devices. */
  *snapshot(): Generator<DeviceSnapshot> {
    for (const entry of this.#entries.values()) if (entry.session) yield entry
  }

  /** False once the hub has been closed. */
  get running(): boolean {
    return !this.#closed
  }

  /** Polls that wait for a free place, by lane. */
  queueDepths(): { healthy: number; recovery: number } {
    return this.#poller.queueDepths
  }

  /** Stops without telling anybody: the process ends, no device was removed. */
  async close(): Promise<void> {
    this.#closed = true
    const entries = [...this.#entries.values()]
    for (const entry of entries) {
      entry.lifetime.abort()
      entry.session?.abort()
      entry.session = null
    }
    this.#poller.close()
    await Promise.all(entries.map((entry) => entry.settled()))
  }

  #require(mac: string): Entry {
    const entry = this.#entries.get(mac)
    if (!entry) throw new DeviceNotFoundError(mac)
    return entry
  }

  #stop(entries: Entry[]): void {
    const watched = entries.filter((entry) => entry.session)
    for (const entry of watched) this.#poller.stop(entry)
    const remaining = [...this.snapshot()].map((device) => device.ip)
    for (const { mac, ip } of watched) this.#parts.bus.emit('device.unwatched', { mac, ip, remaining })
  }

  /**
   * Asks once for each firmware that the device runs: the lists change with it, and with nothing else. Those of the table
   * may stand for an answer that only got lost, so they do not hold for ever.
   */
  async #learnOptions(entry: Entry, session: Session): Promise<void> {
    const { reading, asicOptions } = entry
    const now = performance.now()
    const holds = asicOptions?.source === 'device' || (asicOptions && now < entry.optionsAgainAt)
    if (!reading || (holds && entry.optionsOf === reading.identity.version)) return
    entry.optionsOf = reading.identity.version
    entry.optionsAgainAt = now + this.#parts.optionsAgainMs
    const ask = () => this.#parts.readAsicOptions(entry.address, reading, session.signal).catch(() => null)
    const options = await entry.exclusive(ask)
    if (entry.session === session) entry.asicOptions = options
  }
}
