import type { Discovered } from '../../schemas/device.ts'
import type { DiscoveredQuery, Partiality } from '../../schemas/discovery.ts'
import { parseAddress } from '../../src/network.ts'

type Compare = (value: string, fragment: string) => boolean

const COMPARE: Record<Partiality, Compare> = {
  left: (value, fragment) => value.endsWith(fragment),
  right: (value, fragment) => value.startsWith(fragment),
  both: (value, fragment) => value.includes(fragment),
  none: (value, fragment) => value === fragment
}

/**
 * Picks the rows that match: any fragment of a criterion, all criteria that are given; none given picks all. Case does
 * not matter, nor how a MAC is separated. An address finds only the miner that was last seen there.
 */
export function matchDiscovered(rows: Discovered[], query: DiscoveredQuery): Discovered[] {
  const tests = [
    criterion(query.macs, query.partialMacs, macForms),
    criterion(query.ips, query.partialIps, ipForms),
    criterion(query.hostnames, query.partialHostnames, hostnameForms)
  ]
  const candidates = query.ips ? lastSeenAtEach(rows) : rows
  return candidates.filter((row) => tests.every((test) => test(row)))
}

/** How one property of a row may be written, and how a fragment of it is to be read. */
interface Forms {
  of(row: Discovered, partiality: Partiality): string[]
  read(fragment: string): string
}

const macForms: Forms = {
  of: (row) => [row.mac, row.mac.replaceAll(':', '')],
  read: (fragment) => fragment.toLowerCase().replaceAll('-', ':').replaceAll('.', '')
}

const ipForms: Forms = {
  // An address "ends with .20" whatever port follows.
  of: ({ ip }, partiality) => (partiality === 'left' ? [ip, parseAddress(ip)?.host ?? ip] : [ip]),
  read: (fragment) => parseAddress(fragment)?.text ?? fragment
}

const hostnameForms: Forms = {
  of: (row) => (typeof row.info['hostname'] === 'string' ? [row.info['hostname'].toLowerCase()] : []),
  read: (fragment) => fragment.toLowerCase()
}

function criterion(list: string | undefined, partiality: Partiality = 'both', forms: Forms) {
  if (!list) return () => true
  const fragments = list
    .split(',')
    .map((fragment) => forms.read(fragment.trim()))
    .filter((fragment) => fragment !== '')
  const compare = COMPARE[partiality]
  return (row: Discovered) =>
    forms.of(row, partiality).some((value) => fragments.some((fragment) => compare(value, fragment)))
}

function lastSeenAtEach(rows: Discovered[]): Discovered[] {
  const holders = new Map<string, Discovered>()
  for (const row of rows) {
    const holder = holders.get(row.ip)
    if (!holder || row.lastSeen >= holder.lastSeen) holders.set(row.ip, row)
  }
  return [...holders.values()]
}
