import type { FastifyBaseLogger } from 'fastify'
import type { Address } from '../../src/network.ts'

export type Log = FastifyBaseLogger

/** How a miner became known; `probe` is an address that somebody asked for. */
export type Source = 'mdns' | 'arp' | 'sweep' | 'probe' | 'service'

/** A place where a miner may be. */
export interface Candidate {
  readonly address: Address
  readonly source: Source
}

/** A miner that answered, and the MAC that its own answer tells, if it does. */
export interface Found extends Candidate {
  readonly mac: string | null
  readonly type: string
  readonly info: Record<string, unknown>
}

/** A miner whose identity is known, at the place where it was seen. */
export interface Sighting extends Found {
  readonly mac: string
}

/** How a source hands over a place to look at. */
export type Offer = (address: Address, source: Source) => void

/** A way to find miners: from this machine, or through an external service. */
export interface Finder {
  /** Looks at one address. `asked` is the MAC that is expected there. */
  at(address: Address, asked: string | null): Promise<Found[]>
  everywhere(): Promise<Found[]>
}
