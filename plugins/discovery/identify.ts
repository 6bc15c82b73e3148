import type { Discovered } from '../../schemas/device.ts'
import { IdentityUnknownError } from '../../src/errors/requests.ts'
import { parseAddress } from '../../src/network.ts'
import type { ArpTable } from './embedded/arp.ts'
import type { Found, Sighting } from './types.ts'

export interface Identified {
  readonly known: Sighting[]
  readonly unknown: Found[]
}

/**
 * Tells who is who: the MAC that a miner itself gives, else the one that the ARP table has for its address. An entry of
 * the ARP table that fits several miners (ports of one host, proxy ARP) identifies none of them.
 * @param rowOf what is stored of a MAC
 */
export function identify(found: Found[], arp: ArpTable, rowOf: (mac: string) => Discovered | undefined): Identified {
  const claims = found.map((miner) => ({ miner, mac: miner.mac ?? arp.get(miner.address.host) ?? null }))
  const counts = new Map<string | null, number>()
  for (const { mac } of claims) counts.set(mac, (counts.get(mac) ?? 0) + 1)

  const known: Sighting[] = []
  const unknown: Found[] = []
  for (const { miner, mac } of claims) {
    const certain = miner.mac !== null || (counts.get(mac) === 1 && !(mac && isOtherPort(rowOf(mac), miner)))
    if (mac !== null && certain) known.push({ ...miner, mac })
    else unknown.push(miner)
  }
  return { known, unknown }
}

/**
 * Settles what was found at one address: a miner that nothing else identifies is the one that was asked for.
 * @throws {IdentityUnknownError} a miner is there, and nobody knows which one
 */
export function settleAt(ip: string, asked: string | null, { known, unknown }: Identified): Sighting[] {
  if (known.length > 0) return known
  const miner = unknown.find(({ address }) => address.text === ip)
  if (!miner) return []
  if (asked === null) throw new IdentityUnknownError(ip)
  return [{ ...miner, mac: asked }]
}

function isOtherPort(row: Discovered | undefined, { address }: Found): boolean {
  return row !== undefined && row.ip !== address.text && parseAddress(row.ip)?.host === address.host
}
