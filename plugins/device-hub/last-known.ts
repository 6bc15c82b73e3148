import { Value } from '@sinclair/typebox/value'
import { parseAddress, type Address } from '../../src/network.ts'
import type { Imprint } from '../../schemas/device.ts'
import { StoredReadingSchema, type AsicOptions, type Reading, type StoredReading } from '../../schemas/telemetry.ts'

/** What is known about a device before its first poll. */
export interface LastKnown {
  reading: Reading | null
  asicOptions: AsicOptions | null
  lastPollAt: number | null
}

/**
 * Restores the address and the last known values of an imprinted device from the store.
 * @param row the stored reading; one that does not match the schema is ignored, because the next poll replaces it
 * @returns `address` is null when the stored one is not valid; `former` is the address that the user set or imprinted
 */
export function lastKnownOf(
  imprint: Imprint,
  row: unknown,
  toReading: (info: StoredReading['info']) => Reading
): { address: Address | null; former: Address | null; known: LastKnown } {
  const stored = Value.Check(StoredReadingSchema, row) ? row : undefined
  const known = stored
    ? { reading: toReading(stored.info), asicOptions: stored.options, lastPollAt: Date.parse(stored.at) }
    : { reading: null, asicOptions: null, lastPollAt: null }
  return { address: parseAddress(newestAddress(imprint, stored)), former: parseAddress(imprint.ip), known }
}

/** The address that the user set, or the one where the device last answered: the newer one wins. */
function newestAddress(imprint: Imprint, stored: StoredReading | undefined): string {
  return stored && stored.at > imprint.ipSetAt ? stored.ip : imprint.ip
}
