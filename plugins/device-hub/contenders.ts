import { jittered } from '../../src/backoff.ts'
import type { Address } from '../../src/network.ts'
import type { Contender, HubDevice } from './hub-device.ts'

const MAX_CONTENDERS = 4
/** Lets a search report all addresses of a MAC, and a device that moves settle. */
const FIRST_CHECK_MS = 200
/** Shortest time between two checks that sightings of the same address start. */
const RECHECK_MS = 30_000
/** A contender that does not claim the MAC after this delay is forgotten. */
export const MAX_DELAY_MS = 60 * 60_000

/** Keeps the contenders of devices, and schedules their checks. */
export class Contenders {
  readonly #conflictCheckMs: number
  readonly #check: (device: HubDevice) => void

  /** @param conflictCheckMs time between two checks of a contender that claims the MAC */
  constructor(conflictCheckMs: number, check: (device: HubDevice) => void) {
    this.#conflictCheckMs = conflictCheckMs
    this.#check = check
  }

  /** Adds an address that claims the MAC of a device, and checks it soon, unless it was asked a moment ago. */
  add(device: HubDevice, address: Address): void {
    const contender = device.contenders.get(address.text) ?? this.#create(device, address)
    if (!contender || contender.answers || performance.now() - contender.askedAt < RECHECK_MS) return
    this.schedule(device, FIRST_CHECK_MS)
  }

  /** Adds an address where a device was before. It is asked before each write, and from time to time. */
  addFormer(device: HubDevice, address: Address, delayMs = this.#conflictCheckMs): void {
    if (device.contenders.has(address.text)) return
    const contender = this.#create(device, address)
    if (contender) contender.delayMs = delayMs
    this.scheduleNext(device)
  }

  delete(device: HubDevice, { text }: Address): void {
    device.contenders.delete(text)
  }

  /** Schedules a check of all contenders of a device. A check that is already due earlier stays. */
  schedule(device: HubDevice, delayMs: number): void {
    const at = performance.now() + delayMs
    if (device.lifetime.signal.aborted || device.claimCheckAt <= at) return
    clearTimeout(device.claimTimer)
    device.claimCheckAt = at
    device.claimTimer = setTimeout(() => {
      device.claimCheckAt = Infinity
      this.#check(device)
    }, delayMs).unref()
  }

  /** Schedules the next check, and forgets contenders that have not claimed the MAC for long. */
  scheduleNext(device: HubDevice): void {
    const contenders = [...device.contenders.values()]
    for (const { address, answers, delayMs } of contenders) {
      if (!answers && delayMs > MAX_DELAY_MS) this.delete(device, address)
    }
    const delays = Array.from(device.contenders.values(), ({ answers, delayMs }) =>
      answers ? this.#conflictCheckMs : delayMs
    )
    if (delays.length > 0) this.schedule(device, jittered(Math.min(...delays)))
  }

  /** Records the answer of a contender. */
  record(contender: Contender, answers: boolean): void {
    contender.answers = answers
    contender.askedAt = performance.now()
    contender.delayMs = answers ? this.#conflictCheckMs : contender.delayMs * 2
  }

  #create(device: HubDevice, address: Address): Contender | null {
    const { contenders } = device
    const spare = [...contenders.values()].find(({ answers, isRival }) => !answers && !isRival)
    if (contenders.size >= MAX_CONTENDERS && spare) this.delete(device, spare.address)
    if (contenders.size >= MAX_CONTENDERS) return null
    const contender = { address, answers: false, isRival: false, askedAt: -Infinity, delayMs: this.#conflictCheckMs }
    contenders.set(address.text, contender)
    return contender
  }
}
