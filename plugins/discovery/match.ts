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
 * Filters rows. A row matches if each given criterion matches; a criterion matches if one of its fragments does. Case and the
 * separators of a MAC are ignored. An address matches only the miner that was last seen there.
 */
export function matchDiscovered(rows: Discovered[], query: DiscoveredQuery): Discovered[] {
  const criteria = [
    criterion(query.macs, query.partialMacs, macForms),
    criterion(query.ips, query.partialIps, ipForms),
    criterion(query.hostnames, query.partialHostnames, hostnameForms)
  ]
  const candidates = query.ips ? lastSeenAtEach(rows) : rows
  return candidates.filter((row) => criteria.every((matches) => matches(row)))
}

/** The texts of a row that a criterion compares, and how to normalize a fragment of the query. */
interface Forms {
  of(row: Discovered, partiality: Partiality): string[]
  normalize(fragment: string): string
}

const macForms: Forms = {
  of: (row) => [row.mac, row.mac.replaceAll(':', '')],
  normalize: (fragment) => fragment.toLowerCase().replaceAll('-', ':').replaceAll('.', '')
}

const ipForms: Forms = {
  // An address ends with `.20` with or without a port behind it.
  of: ({ ip }, partiality) => (partiality === 'left' ? [ip, parseAddress(ip)?.host ?? ip] : [ip]),
  normalize: (fragment) => parseAddress(fragment)?.text ?? fragment
}

const hostnameForms: Forms = {
  of: (row) => (typeof row.info['hostname'] === 'string' ? [row.info['hostname'].toLowerCase()] : []),
  normalize: (fragment) => fragment.toLowerCase()
}

function criterion(list: string | undefined, partiality: Partiality = 'both', forms: Forms) {
  if (!list) return () => true
  const fragments = list
    .split(',')
    .map((fragment) => forms.normalize(fragment.trim()))
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
