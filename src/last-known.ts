import { Value } from '@sinclair/typebox/value'
import type { Imprint } from '../schemas/device.ts'
import { StoredReadingSchema, type AsicOptions, type Reading, type StoredReading } from '../schemas/telemetry.ts'
import { parseAddress, type Address } from './network.ts'

/** What is known of a device before it is polled for the first time. */
export interface LastKnown {
  reading: Reading | null
  asicOptions: AsicOptions | null
  lastPollAt: number | null
}

/**
 * Where an imprinted device is to be looked for, and what is known of it, by what is stored.
 * @param row its stored reading, whatever that is: it can be had again, so one of another form counts as none
 * @returns an address of null where none is valid
 */
export function lastKnownOf(
  imprint: Imprint,
  row: unknown,
  toReading: (info: StoredReading['info']) => Reading
): { address: Address | null; known: LastKnown } {
  const stored = Value.Check(StoredReadingSchema, row) ? row : undefined
  const known = stored
    ? { reading: toReading(stored.info), asicOptions: stored.options, lastPollAt: Date.parse(stored.at) }
    : { reading: null, asicOptions: null, lastPollAt: null }
  return { address: parseAddress(newestAddress(imprint, stored)), known }
}

/** The user's word and the device's own whereabouts are two facts: the newer one holds. */
function newestAddress(imprint: Imprint, stored: StoredReading | undefined): string {
  return stored && stored.at > imprint.ipSetAt ? stored.ip : imprint.ip
}
