import type { Discovered } from '../../schemas/device.ts'
import { IdentityUnknownError } from '../../src/errors/requests.ts'
import { parseAddress } from '../../src/network.ts'
import type { ArpTable } from './embedded/arp.ts'
import type { FoundMiner, IdentifiedMiner } from './types.ts'

export interface Identification {
  readonly known: IdentifiedMiner[]
  readonly unknown: FoundMiner[]
}

/**
 * Identifies miners by the MAC in their own answer, else by the ARP table. An ARP entry that matches several miners (several
 * ports of one host, proxy ARP) identifies none of them.
 * @param rowOf the stored row of a MAC
 */
export function identify(
  found: FoundMiner[],
  arp: ArpTable,
  rowOf: (mac: string) => Discovered | undefined
): Identification {
  const claims = found.map((miner) => ({ miner, mac: miner.mac ?? arp.get(miner.address.host) ?? null }))
  const counts = new Map<string | null, number>()
  for (const { mac } of claims) counts.set(mac, (counts.get(mac) ?? 0) + 1)

  const known: IdentifiedMiner[] = []
  const unknown: FoundMiner[] = []
  for (const { miner, mac } of claims) {
    const certain = miner.mac !== null || (counts.get(mac) === 1 && !(mac && isOtherPort(rowOf(mac), miner)))
    if (mac !== null && certain) known.push({ ...miner, mac })
    else unknown.push(miner)
  }
  return { known, unknown }
}

/**
 * Identifies what was found at one address. A miner that nothing else identifies gets the expected MAC.
 * @throws {IdentityUnknownError} a miner answers, its MAC is unknown, and none is expected
 */
export function identifyAt(
  ip: string,
  expectedMac: string | null,
  { known, unknown }: Identification
): IdentifiedMiner[] {
  if (known.length > 0) return known
  const miner = unknown.find(({ address }) => address.text === ip)
  if (!miner) return []
  if (expectedMac === null) throw new IdentityUnknownError(ip)
  return [{ ...miner, mac: expectedMac }]
}

function isOtherPort(row: Discovered | undefined, { address }: FoundMiner): boolean {
  return row !== undefined && row.ip !== address.text && parseAddress(row.ip)?.host === address.host
}
