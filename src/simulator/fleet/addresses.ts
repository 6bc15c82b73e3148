import { hash } from '../random.ts'

/** Parses a dotted IPv4 address in 127.0.0.0/8 to a number, or null. */
export function parseLoopback(ip: string): number | null {
  const match = /^127\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(ip)
  const parts = match?.slice(1).map(Number)
  if (!parts || parts.some((part) => part > 255)) return null
  return parts.reduce((sum, part) => sum * 256 + part, 127)
}

/** Formats a number as a dotted IPv4 address. */
function formatAddress(n: number): string {
  return [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255].join('.')
}

/**
 * Returns `count` addresses starting at `first`, skipping those that end in .0 or .255.
 * @throws RangeError when 127.0.0.0/8 has too few of them
 */
export function addressesFrom(first: string, count: number): string[] {
  let next = parseLoopback(first)
  if (next === null) throw new RangeError(`first address must lie in 127.0.0.0/8, got "${first}"`)
  const addresses: string[] = []
  for (; addresses.length < count; next++) {
    if (next >= 0x7fffffff) throw new RangeError(`127.0.0.0/8 has no room for ${count} miners from ${first}`)
    if (next % 256 !== 0 && next % 256 !== 255) addresses.push(formatAddress(next))
  }
  return addresses
}

/** The /24 networks that contain the addresses, each with the port: `127.0.1.0/24:8001,127.0.2.0/24:8001`. */
export function networksOf(addresses: string[], port: number): string {
  const networks = new Set(addresses.map((ip) => `${ip.slice(0, ip.lastIndexOf('.'))}.0/24:${port}`))
  return [...networks].join(',')
}

/** A plausible MAC in lower case: Espressif's BC:DD:C2, then a permutation of the index, unique below 2^24. */
export function macOf(seed: number, index: number): string {
  // Multiplying by an odd factor permutes the numbers modulo 2^24, so no two indexes collide.
  const tail = (Math.imul(index, 0x9e3779) + hash(seed, 1)) & 0xffffff
  return `bc:dd:c2:${tail
    .toString(16)
    .padStart(6, '0')
    .replace(/(..)(?=.)/g, '$1:')}`
}

/** Normalizes a MAC to lower case with `:`. */
export function normalizeMac(mac: string): string {
  return mac.toLowerCase().replaceAll('-', ':')
}

/** Returns a socket address as plain IPv4 when it is loopback, including the form `::ffff:127.0.0.1`; otherwise null. */
export function loopbackOf(address: string | undefined): string | null {
  const plain = address?.startsWith('::ffff:') ? address.slice(7) : address
  return plain?.startsWith('127.') ? plain : null
}
