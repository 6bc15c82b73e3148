import type { Address } from '../../src/network.ts'
import type { AsicOptions, Reading } from '../../schemas/telemetry.ts'
import type { AddressTracker } from './address-tracker.ts'
import type { Claims } from './claims.ts'
import type { HubDevice } from './hub-device.ts'
import { checkIdentity, type MacOf, type Unidentified } from './identity.ts'

/** A miner whose identity has been confirmed. No other task talks to it meanwhile. */
export interface ConfirmedMiner {
  readonly address: Address
  /** Aborts when the hub releases the device. */
  readonly signal: AbortSignal
  readonly reading: Reading
  /** The lists that the hub knows; else asks the miner. */
  options(): Promise<AsicOptions>
}

export interface ConfirmOptions {
  unidentified: Unidentified
  /** Aborts the reading that confirms the identity. */
  signal?: AbortSignal
}

interface ConfirmParts {
  claims: Claims
  tracker: AddressTracker
  macOf: MacOf
  /** Asks a miner for its reading now. */
  read(address: Address, signal: AbortSignal): Promise<Reading>
  readAsicOptions(address: Address, reading: Reading, signal: AbortSignal): Promise<AsicOptions>
}

export type Confirm = ReturnType<typeof createConfirm>

/** Creates the function that confirms the identity of a miner with a fresh reading. */
export function createConfirm({ claims, tracker, macOf, read, readAsicOptions }: ConfirmParts) {
  /** Another miner answers at the address of a device, so a claim that was made elsewhere may be true. */
  async function handleMismatch(device: HubDevice, address: Address, met: string): Promise<void> {
    await claims.askContenders(device)
    await claims.conclude(device, 'another')
    if (device.session) tracker.handleFailure(device, device.session, address, met)
  }

  /**
   * Before a write (`unidentified: 'refuse'`) every other address that has claimed to be the device is asked as well.
   * @throws see `withMiner`
   */
  return async function confirm(device: HubDevice, { signal, unidentified }: ConfirmOptions): Promise<ConfirmedMiner> {
    const { address, lifetime } = device
    const isWrite = unidentified === 'refuse'
    if (isWrite) claims.requireUncontested(device)
    const asked = isWrite ? claims.askContenders(device) : null
    const either = signal ? AbortSignal.any([signal, lifetime.signal]) : lifetime.signal
    const reading = await read(address, either).finally(() => asked)
    const failure = await checkIdentity({ mac: device.mac, address }, reading, { macOf, unidentified })
    if (typeof failure?.met === 'string') await handleMismatch(device, address, failure.met)
    else if (isWrite) await claims.conclude(device, 'itself')
    if (failure) throw failure.error
    if (isWrite) claims.requireUncontested(device)
    const options = async () => device.asicOptions ?? readAsicOptions(address, reading, lifetime.signal)
    return { address, signal: lifetime.signal, reading, options }
  }
}
