import type { Address } from '../../src/network.ts'
import type { Claims } from './claims.ts'
import type { HubDevice, Session } from './hub-device.ts'

const SEARCH_INTERVAL_MS = 5 * 60_000

interface AddressTrackerParts {
  claims: Claims
  getDevice(mac: string): HubDevice | undefined
  /** Asks discovery for the current address of a device; null when it is unknown. */
  locate(mac: string): Promise<Address | null>
}

/** Tracks devices whose address changes: turns every sighting of a device elsewhere into a claim, and searches for lost ones. */
export class AddressTracker {
  readonly #parts: AddressTrackerParts

  constructor(parts: AddressTrackerParts) {
    this.#parts = parts
  }

  /**
   * Handles a poll that the device itself did not answer.
   * @param met MAC of the device that answered instead at `address`; null when none did
   */
  handleFailure(device: HubDevice, session: Session, address: Address, met: string | null): void {
    // When two devices swap addresses, a poll of either one locates the other without a search.
    if (met !== null) this.handleSighting(met, address)
    if (this.#parts.claims.checkSoon(device)) return
    if (device.pollState !== 'connecting' && device.pollState !== 'online') void this.#search(device, session)
  }

  /** Handles a miner that answered with this MAC at this address. */
  handleSighting(mac: string, address: Address): void {
    const device = this.#parts.getDevice(mac)
    if (device) this.#parts.claims.add(device, address)
  }

  async #search(device: HubDevice, session: Session): Promise<void> {
    if (performance.now() < device.nextSearchAt) return
    device.nextSearchAt = performance.now() + SEARCH_INTERVAL_MS
    const address = await this.#parts.locate(device.mac)
    if (address && device.session === session && device.missedPolls > 0) this.#parts.claims.add(device, address)
  }
}
