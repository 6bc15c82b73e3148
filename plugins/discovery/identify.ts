import { normalizeMac } from '../../src/mac.ts'
import type { Discovered } from '../../schemas/device.ts'
import { parseAddress } from '../../src/network.ts'
import type { ArpTable } from './arp.ts'
import type { Answer, Sighting } from './types.ts'

type RowOf = (mac: string) => Discovered | undefined

/**
 * Tells who answered: the MAC that the miner itself gives, else the one that the ARP table has for its address. An entry
 * of the ARP table that fits several answers (ports of one host, proxy ARP) identifies none of them.
 * @returns the identified miners, and the answers that nothing identifies
 */
export function identify(answers: Answer[], arp: ArpTable, rowOf: RowOf): { known: Sighting[]; unknown: Answer[] } {
  const claims = answers.map((answer) => {
    const told = normalizeMac(answer.reading.mac)
    return { answer, told, mac: told ?? arp.get(answer.address.host) ?? null }
  })
  const counts = new Map<string | null, number>()
  for (const { mac } of claims) counts.set(mac, (counts.get(mac) ?? 0) + 1)

  const known: Sighting[] = []
  const unknown: Answer[] = []
  for (const { answer, told, mac } of claims) {
    const certain = told !== null || (mac !== null && counts.get(mac) === 1 && !heldByOtherPort(rowOf(mac), answer))
    if (mac !== null && certain) known.push(sighting(answer, mac))
    else unknown.push(answer)
  }
  return { known, unknown }
}

/** What an answer says about the miner with this MAC. */
export function sighting({ address, reading, source }: Answer, mac: string): Sighting {
  const type = reading.identity.model ?? reading.identity.asicModel
  return { mac, ip: address.text, type, info: reading.info, source }
}

function heldByOtherPort(row: Discovered | undefined, answer: Answer): boolean {
  return row !== undefined && row.ip !== answer.address.text && parseAddress(row.ip)?.host === answer.address.host
}
