import type { Bus } from '../../src/bus.ts'
import { IdentityConflictError } from '../../src/errors/commands.ts'
import { hasCode } from '../../src/errors/code-of.ts'
import type { Address } from '../../src/network.ts'
import type { Reading } from '../../schemas/telemetry.ts'
import { Contenders, MAX_DELAY_MS } from './contenders.ts'
import { updateState, type Contender, type HubDevice } from './hub-device.ts'
import { checkIdentity, type MacOf } from './identity.ts'

/** Missed polls in a row from which the silence of a device counts as its absence. */
const MISSED_POLLS_UNTIL_GONE = 2

/** What answers at a device's own address: the device, another miner, nothing; or it could not be asked. */
type Presence = 'itself' | 'another' | 'silent' | 'unknown'

/** Whether an error says nothing about the miner. */
const isUndecided = (error: unknown) => hasCode(error, 'PLUTO_SHORTAGE', 'POLL_ABORTED')

interface ClaimsParts {
  bus: Bus
  read(address: Address, signal: AbortSignal): Promise<Reading>
  macOf: MacOf
  /** Runs a task in turn with the polls of devices that do not answer. */
  enqueue(task: () => Promise<void>): Promise<void>
  /** Polls a device at its new address. */
  pollSoon(device: HubDevice): void
  /** Time between two checks of a conflict, ms. */
  conflictCheckMs: number
}

/**
 * Decides on claims: "the device with this MAC answers at that address". A miner may lie, so a claim moves a device only if
 * its own address was asked just now and it is gone from there, if exactly one other address answers with its MAC, and if the
 * ARP table does not contradict that. Two addresses that claim one MAC at once are a conflict, in which nothing is written.
 */
export class Claims {
  readonly #parts: ClaimsParts
  readonly #contenders: Contenders

  constructor(parts: ClaimsParts) {
    this.#parts = parts
    this.#contenders = new Contenders(parts.conflictCheckMs, (device) => void this.#check(device))
  }

  /** Records that a miner with the MAC of a device was seen at an address, and checks it soon. */
  add(device: HubDevice, address: Address): void {
    if (address.text !== device.ip) this.#contenders.add(device, address)
  }

  /** Remembers where a device was imprinted: the miner that it has since been followed to may lie. */
  addImprinted(device: HubDevice, address: Address): void {
    if (address.text !== device.ip) this.#contenders.addFormer(device, address, MAX_DELAY_MS)
  }

  /** Checks the claims on a device that has just missed a poll. @returns false if there are none */
  checkSoon(device: HubDevice): boolean {
    if (device.contenders.size === 0) return false
    if (device.conflict === null) this.#contenders.schedule(device, 0)
    return true
  }

  /** Adapts the claims to an address that the user has set. In a conflict the previous address becomes the contender. */
  handleReaddress(device: HubDevice, from: Address): void {
    this.#contenders.delete(device, device.address)
    if (device.conflict !== null) this.#contenders.add(device, from)
  }

  /** @throws {IdentityConflictError} two addresses claim the MAC of the device */
  requireUncontested(device: HubDevice): void {
    if (device.conflict) throw new IdentityConflictError(device.mac, device.conflict.join(' and '))
  }

  /** Asks every address that has claimed to be the device. Never rejects. */
  async askContenders(device: HubDevice): Promise<void> {
    await Promise.all(Array.from(device.contenders.values(), (contender) => this.#ask(device, contender)))
  }

  /** Draws the conclusion from what the contenders answered and what was found at the device's own address. */
  async conclude(device: HubDevice, presence: Presence): Promise<void> {
    const claimants = [...device.contenders.values()].filter(({ answers }) => answers)
    const [claimant] = claimants
    if (presence === 'unknown' || device.lifetime.signal.aborted) return
    if (claimant === undefined) this.#setConflict(device, null)
    else if (presence === 'itself' || claimants.length > 1) this.#dispute(device, claimants)
    else await this.#follow(device, claimant, presence)
  }

  async #check(device: HubDevice): Promise<void> {
    await device.runExclusive(() =>
      this.#parts.enqueue(async () => {
        if (device.lifetime.signal.aborted || device.contenders.size === 0) return
        const [presence] = await Promise.all([this.#presenceOf(device), this.askContenders(device)])
        await this.conclude(device, presence)
      })
    )
    this.#contenders.scheduleNext(device)
  }

  async #presenceOf(device: HubDevice): Promise<Presence> {
    const { mac, address, lifetime } = device
    try {
      const reading = await this.#parts.read(address, lifetime.signal)
      const options = { macOf: this.#parts.macOf, unidentified: 'accept' } as const
      return (await checkIdentity({ mac, address }, reading, options)) ? 'another' : 'itself'
    } catch (error) {
      return isUndecided(error) ? 'unknown' : 'silent'
    }
  }

  async #ask(device: HubDevice, contender: Contender): Promise<void> {
    const { read, macOf } = this.#parts
    try {
      const reading = await read(contender.address, device.lifetime.signal)
      const mac = reading.mac ?? (await macOf(contender.address.host))
      this.#contenders.record(contender, mac === device.mac)
    } catch (error) {
      if (!isUndecided(error)) this.#contenders.record(contender, false)
    }
  }

  #dispute(device: HubDevice, claimants: Contender[]): void {
    for (const claimant of claimants) claimant.isRival = true
    this.#setConflict(device, [device.ip, ...claimants.map(({ address }) => address.text)])
  }

  async #follow(device: HubDevice, claimant: Contender, presence: Presence): Promise<void> {
    const { session } = device
    const neighbour = await this.#parts.macOf(claimant.address.host)
    // A rival has lied, or was lied about: only the ARP table can vouch for it.
    const isCredible = neighbour === null ? !claimant.isRival : neighbour === device.mac
    const isGone = presence === 'another' || (device.missedPolls >= MISSED_POLLS_UNTIL_GONE && device.restart === null)
    if (!isCredible || !isGone || session === null || device.session !== session) return
    this.#move(device, claimant.address, neighbour === device.mac)
  }

  #move(device: HubDevice, to: Address, isCertain: boolean): void {
    const { address: from, ip } = device
    this.#contenders.delete(device, to)
    device.address = to
    if (!isCertain) this.#contenders.addFormer(device, from)
    this.#setConflict(device, null)
    this.#parts.bus.emit('device.moved', { mac: device.mac, from: ip, to: to.text })
    this.#parts.pollSoon(device)
  }

  #setConflict(device: HubDevice, addresses: string[] | null): void {
    const { mac, conflict } = device
    if (String(conflict) === String(addresses)) return
    updateState(this.#parts.bus, device, () => (device.conflict = addresses))
    if (addresses) this.#parts.bus.emit('device.conflict', { mac, addresses })
  }
}
