import { IdentityUnconfirmedError } from '../../src/errors/commands.ts'
import { MinerMismatchError } from '../../src/errors/miners.ts'
import type { Address } from '../../src/network.ts'
import type { Reading } from '../../schemas/telemetry.ts'

/** What to do with a miner whose MAC neither its answer nor the ARP table tells. */
export type Unidentified = 'refuse' | 'accept'

export interface IdentityFailure {
  error: Error
  /** MAC of the miner that answered; null when it is unknown. */
  met: string | null
}

/** Finds the MAC at an address without asking the miner; null when it is unknown. */
export type MacOf = (host: string) => Promise<string | null>

/**
 * Checks that a reading came from the device it was requested from: by the MAC in the reading, else by the ARP table.
 * @returns null when it did; else a `MinerMismatchError` or an `IdentityUnconfirmedError`
 */
export async function checkIdentity(
  { mac, address }: { mac: string; address: Address },
  reading: Reading,
  { macOf, unidentified }: { macOf: MacOf; unidentified: Unidentified }
): Promise<IdentityFailure | null> {
  const met = reading.mac ?? (await macOf(address.host))
  if (met === mac) return null
  if (met !== null) return { error: new MinerMismatchError(address.text, met, mac), met }
  return unidentified === 'accept' ? null : { error: new IdentityUnconfirmedError(address.text, mac), met }
}
