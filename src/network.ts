import ipaddr from 'ipaddr.js'

/** The network address of a miner. `text` is its form in the store and the API: `a.b.c.d`, with `:port` unless it is 80. */
export interface Address {
  readonly host: string
  readonly port: number
  readonly text: string
}

type Range = [ipaddr.IPv4, number]

const ADDRESS = /^(\d{1,3}(?:\.\d{1,3}){3})(?::(\d{1,5}))?$/

/**
 * Parses `a.b.c.d` or `a.b.c.d:port`, in four decimal parts, because miners only use IPv4. Octal, hexadecimal and shortened
 * forms are refused, so that each address has one spelling.
 * @returns null for any other string
 */
export function parseAddress(value: string): Address | null {
  const match = ADDRESS.exec(value)
  const host = match?.[1]
  if (host === undefined || !ipaddr.IPv4.isValidFourPartDecimal(host) || /(^|\.)0\d/.test(host)) return null
  const port = match?.[2] === undefined ? 80 : Number(match[2])
  if (port < 1 || port > 65535) return null
  return { host, port, text: port === 80 ? host : `${host}:${port}` }
}

/** Parses a comma-separated list of CIDRs and single addresses. @throws {Error} naming an entry that is neither */
export function parseNetworks(list: string): Networks {
  return new Networks(splitList(list).map(parseRange))
}

/** Splits a comma-separated setting into trimmed entries, without empty ones. */
export function splitList(list: string): string[] {
  return list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}

function parseRange(text: string): Range {
  const cidr = text.includes('/') ? text : `${text}/32`
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(cidr))
    throw new Error(`"${text}" is not an IPv4 network like 192.168.1.0/24`)
  return ipaddr.IPv4.parseCIDR(cidr)
}

/** The networks that may contain miners. No connection is opened to any address outside them. */
export class Networks {
  readonly #ranges: readonly Range[]

  constructor(ranges: readonly Range[]) {
    this.#ranges = ranges
  }

  /** Whether an IPv4 address is in one of the networks. */
  contains(host: string): boolean {
    const address = ipaddr.IPv4.parse(host)
    return this.#ranges.some((range) => address.match(range))
  }
}
