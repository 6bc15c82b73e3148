import type { FastifyBaseLogger } from 'fastify'
import type { Address } from '../../src/network.ts'

export type Log = FastifyBaseLogger

/** How an address became known. `probe` is an address that a client or the store named. */
export type Source = 'mdns' | 'arp' | 'sweep' | 'probe' | 'service'

/** An address where a miner may be. */
export interface Candidate {
  readonly address: Address
  readonly source: Source
}

/** A miner that answered. `mac` is the one in its own answer, null if it has none. */
export interface FoundMiner extends Candidate {
  readonly mac: string | null
  readonly type: string
  readonly info: Record<string, unknown>
}

/** A miner whose MAC is known. */
export interface IdentifiedMiner extends FoundMiner {
  readonly mac: string
}

/** Receives each address that a source finds. */
export type OnCandidate = (address: Address, source: Source) => void

/** What a search found. */
export interface Found {
  readonly miners: FoundMiner[]
  /** Addresses that could not be asked, sources that failed and rows that could not be used. 0: the search is complete. */
  readonly failed: number
}

/** A way to find miners: from this machine, or through an external service. */
export interface Finder {
  /** Asks one address. `expectedMac` is the MAC that the client expects there. */
  at(address: Address, expectedMac: string | null): Promise<Found>
  everywhere(): Promise<Found>
}
