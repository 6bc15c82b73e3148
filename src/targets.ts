import ipaddr from 'ipaddr.js'
import { splitList } from './network.ts'

/** A target of discovery: every host of a network, or one host by address or name. */
export type Target =
  { kind: 'network'; first: number; count: number; port: number } | { kind: 'host'; host: string; port: number }

const TARGET = /^([a-z0-9._-]+)(?:\/(\d{1,2}))?(?::(\d{1,5}))?$/i
const WIDEST_PREFIX = 16

/**
 * Parses `DISCOVERY_NETWORKS`: comma-separated `CIDR`, `CIDR:port`, `host` or `host:port`.
 * @throws {Error} naming an entry of another form, or a network wider than /16
 */
export function parseTargets(list: string): Target[] {
  return splitList(list).map(parseTarget)
}

/** Every host address of a network as `a.b.c.d`. The network and broadcast addresses are left out of networks larger than /31. */
export function* hostsOf(target: Extract<Target, { kind: 'network' }>): Generator<string> {
  for (let n = target.first; n < target.first + target.count; n++) {
    yield `${n >>> 24}.${(n >>> 16) & 255}.${(n >>> 8) & 255}.${n & 255}`
  }
}

function parseTarget(text: string): Target {
  const [, host = '', prefix, port = '80'] = TARGET.exec(text) ?? []
  const invalid = new Error(`"${text}" is not a network, an address or a host name with an optional port`)
  if (host === '' || Number(port) < 1 || Number(port) > 65535) throw invalid
  if (prefix === undefined) return { kind: 'host', host, port: Number(port) }
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(`${host}/${prefix}`)) throw invalid
  if (Number(prefix) < WIDEST_PREFIX) throw new Error(`"${text}" is wider than /${WIDEST_PREFIX}`)
  return { kind: 'network', port: Number(port), ...rangeOf(host, Number(prefix)) }
}

function rangeOf(host: string, prefix: number): { first: number; count: number } {
  const base = ipaddr.IPv4.networkAddressFromCIDR(`${host}/${prefix}`).octets.reduce(
    (sum, octet) => sum * 256 + octet,
    0
  )
  const size = 2 ** (32 - prefix)
  return size > 2 ? { first: base + 1, count: size - 2 } : { first: base, count: size }
}
