import type { FastifyBaseLogger } from 'fastify'
import type { Reading } from '../../schemas/telemetry.ts'
import type { Address } from '../../src/network.ts'

export type Log = FastifyBaseLogger

/** What discovery needs of the module that speaks to miners. */
export interface MinerReader {
  /** @throws {InvalidAddressError} @throws {AddressNotAllowedError} */
  address(text: string): Address
  readInfo(address: Address, options?: { signal?: AbortSignal; timeoutMs?: number }): Promise<Reading>
}

export type Source = 'mdns' | 'arp' | 'sweep' | 'probe' | 'service'

/** A place where a miner may be, and how it became known. */
export interface Candidate {
  readonly address: Address
  source: Source
}

/** A miner that answered. Which one it is may still be unknown. */
export interface Answer extends Candidate {
  readonly reading: Reading
}

/** A miner whose identity is known, at the place where it was seen. */
export interface Sighting {
  readonly mac: string
  readonly ip: string
  readonly type: string
  readonly info: Record<string, unknown>
  readonly source: Source
}

/** How a source hands over a place to look at. */
export type Offer = (address: Address, source: Source) => void
