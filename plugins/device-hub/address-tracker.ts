import type { Bus } from '../../src/bus.ts'
import type { Address } from '../../src/network.ts'
import type { HubDevice, Session } from './hub-device.ts'

const SEARCH_INTERVAL_MS = 5 * 60_000

interface AddressTrackerParts {
  bus: Bus
  getDevice(mac: string): HubDevice | undefined
  /** Asks discovery for the current address of a device; null when it is unknown. */
  locate(mac: string): Promise<Address | null>
  /** Polls a device at its new address. */
  pollSoon(device: HubDevice): void
}

/** Tracks devices whose address changes. A device moves only to an address that answered with its MAC. */
export class AddressTracker {
  readonly #parts: AddressTrackerParts

  constructor(parts: AddressTrackerParts) {
    this.#parts = parts
  }

  /**
   * Handles a poll that the device itself did not answer.
   * @param met MAC of the device that answered instead; null when none did
   */
  handleFailure(device: HubDevice, session: Session, met: string | null): void {
    if (met !== null) this.#recordMeeting(met, device.address)
    if (device.metAt) this.#move(device, device.metAt)
    else if (device.state !== 'connecting' && device.state !== 'online') void this.#search(device, session)
  }

  /** When two devices swap addresses, a poll of either one locates the other without a search. */
  #recordMeeting(mac: string, address: Address): void {
    const other = this.#parts.getDevice(mac)
    if (!other?.session || other.ip === address.text) return
    other.metAt = address
    if (other.missedPolls > 0) this.#move(other, address)
  }

  async #search(device: HubDevice, session: Session): Promise<void> {
    if (performance.now() < device.nextSearchAt) return
    device.nextSearchAt = performance.now() + SEARCH_INTERVAL_MS
    const address = await this.#parts.locate(device.mac)
    if (address && device.session === session && device.missedPolls > 0) this.#move(device, address)
  }

  #move(device: HubDevice, to: Address): void {
    device.metAt = null
    if (device.ip === to.text) return
    const from = device.ip
    device.address = to
    device.nextSearchAt = 0
    this.#parts.bus.emit('device.moved', { mac: device.mac, from, to: to.text })
    this.#parts.pollSoon(device)
  }
}
