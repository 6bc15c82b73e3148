import type { Bus } from '../../src/bus.ts'
import type { Address } from '../../src/network.ts'
import type { Entry, Session } from './hub-device.ts'

const SEARCH_AGAIN_MS = 5 * 60_000

export interface FollowerParts {
  bus: Bus
  entryOf(mac: string): Entry | undefined
  /** Asks discovery where a device is now; null when nobody knows. */
  locate(mac: string): Promise<Address | null>
  /** Polls the device soon, because its address has changed. */
  hasten(entry: Entry): void
}

/** Follows devices whose address has changed: each is moved only to an address that was seen to answer with its MAC. */
export class Follower {
  readonly #parts: FollowerParts

  constructor(parts: FollowerParts) {
    this.#parts = parts
  }

  /** A poll of `entry` was not answered by it. `met` is the MAC of the device that answered in its place, if one did. */
  missed(entry: Entry, session: Session, met: string | null): void {
    if (met !== null) this.#sighted(met, entry.address)
    if (entry.sighting) this.#move(entry, entry.sighting)
    else if (entry.state !== 'connecting' && entry.state !== 'online') void this.#search(entry, session)
  }

  /** Two devices that swapped addresses meet each other: what one poll learns brings the other back at once. */
  #sighted(mac: string, address: Address): void {
    const other = this.#parts.entryOf(mac)
    if (!other?.session || other.ip === address.text) return
    other.sighting = address
    if (other.misses > 0) this.#move(other, address)
  }

  async #search(entry: Entry, session: Session): Promise<void> {
    if (performance.now() < entry.searchAgainAt) return
    entry.searchAgainAt = performance.now() + SEARCH_AGAIN_MS
    const address = await this.#parts.locate(entry.mac)
    if (address && entry.session === session && entry.misses > 0) this.#move(entry, address)
  }

  #move(entry: Entry, to: Address): void {
    entry.sighting = null
    if (entry.ip === to.text) return
    const from = entry.ip
    entry.address = to
    entry.searchAgainAt = 0
    this.#parts.bus.emit('device.moved', { mac: entry.mac, from, to: to.text })
    this.#parts.hasten(entry)
  }
}
