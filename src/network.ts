import ipaddr from 'ipaddr.js'

/** A miner's place on the network. `text` is how it is stored and answered: `a.b.c.d`, with `:port` unless it is 80. */
export interface Address {
  readonly host: string
  readonly port: number
  readonly text: string
}

type Range = [ipaddr.IPv4, number]

const ADDRESS = /^(\d{1,3}(?:\.\d{1,3}){3})(?::(\d{1,5}))?$/

/**
 * Parses `a.b.c.d` or `a.b.c.d:port` (IPv4 in four decimal parts: miners speak nothing else).
 * Octal, hexadecimal and shortened forms are refused, so that one address has one spelling.
 * @returns null when it is anything else.
 */
export function parseAddress(value: string): Address | null {
  const match = ADDRESS.exec(value)
  const host = match?.[1]
  if (host === undefined || !ipaddr.IPv4.isValidFourPartDecimal(host) || /(^|\.)0\d/.test(host)) return null
  const port = match?.[2] === undefined ? 80 : Number(match[2])
  if (port < 1 || port > 65535) return null
  return { host, port, text: port === 80 ? host : `${host}:${port}` }
}

/** Parses a comma-separated list of CIDRs or single addresses. @throws {Error} that names the part which is neither. */
export function parseNetworks(list: string): Networks {
  return new Networks(splitList(list).map(parseRange))
}

/** Splits a comma-separated setting, leaving out blanks and empty parts. */
export function splitList(list: string): string[] {
  return list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function parseRange(text: string): Range {
  const cidr = text.includes('/') ? text : `${text}/32`
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(cidr))
    throw new Error(`"${text}" is not an IPv4 network like 192.168.1.0/24`)
  return ipaddr.IPv4.parseCIDR(cidr)
}

/** The networks in which miners may be spoken to. Everything outside is refused before a connection is made. */
export class Networks {
  readonly #ranges: readonly Range[]

  constructor(ranges: readonly Range[]) {
    this.#ranges = ranges
  }

  /** Tells whether an IPv4 host lies in one of the networks. */
  contains(host: string): boolean {
    const address = ipaddr.IPv4.parse(host)
    return this.#ranges.some((range) => address.match(range))
  }
}
