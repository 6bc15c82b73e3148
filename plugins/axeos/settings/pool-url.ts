import { isIPv6 } from 'node:net'
import type { Info } from '../reading/fields.ts'
import { integer, notAllowed } from './rules.ts'

const PARTS = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*?)\/?$/is
const HOST = /^[a-z0-9._-]+$/i
const HOST_AND_PORT = /^([^:]+|\[.+\]):(\d+)$/
const PLAIN = new Set(['tcp', 'stratum', 'stratum+tcp', 'stratum1+tcp'])
const ENCRYPTED = new Set(['ssl', 'tls', 'stratum+ssl', 'stratum+tls', 'stratum1+ssl', 'stratum1+tls'])
const port = integer(1, 65_535)

interface PoolAddress {
  readonly host: string
  readonly port: number | null
  /** null: the URL does not say. */
  readonly encrypted: boolean | null
}

/** How the settings of one pool are called: by the miner (with this prefix), and by the client. */
export interface PoolNames {
  readonly prefix: string
  readonly fieldOf: (key: string) => string
}

/**
 * Takes scheme and port off the URL that is asked for: the firmware wants a bare host (AXEOS.md 3.3). The port goes to
 * the pool's port, the scheme to its TLS switch.
 * @returns what is asked for, with these three in the miner's form
 * @throws {SettingNotAllowedError} it is no pool's address, or says something else than the other fields
 */
export function splitPoolUrl(asked: Info, current: Info, hasTls: boolean, { prefix, fieldOf }: PoolNames): Info {
  const keys = { url: `${prefix}URL`, port: `${prefix}Port`, tls: `${prefix}TLS` }
  const url = asked[keys.url]
  if (typeof url !== 'string' || url === '' || url === current[keys.url]) return asked
  const field = fieldOf(keys.url)
  const address = parsePoolUrl(field, url)
  const split: Info = { ...asked, [keys.url]: address.host }
  if (address.port !== null) {
    contradict(fieldOf(keys.port), readPort(asked[keys.port]), readPort(current[keys.port]), address.port)
    if (asked[keys.port] === undefined || readPort(asked[keys.port]) !== null) split[keys.port] = address.port
  }
  if (address.encrypted && !hasTls) throw notAllowed(field, url, 'this firmware knows no TLS to a pool')
  if (address.encrypted !== null && hasTls) {
    contradict(fieldOf(keys.tls), readOn(asked[keys.tls]), readOn(current[keys.tls]), address.encrypted)
    if (readOn(asked[keys.tls]) !== address.encrypted) split[keys.tls] = address.encrypted
  }
  return split
}

/** @throws {SettingNotAllowedError} */
function parsePoolUrl(field: string, url: string): PoolAddress {
  const [, scheme, rest = ''] = PARTS.exec(url.trim()) ?? []
  const known = scheme === undefined || PLAIN.has(scheme.toLowerCase()) || ENCRYPTED.has(scheme.toLowerCase())
  if (!known) throw notAllowed(field, url, 'a host name, or a URL with stratum+tcp, stratum+ssl or stratum+tls')
  const [, before = rest, digits] = HOST_AND_PORT.exec(rest) ?? []
  const host = before.replace(/^\[(.*)\]$/, '$1')
  if (!HOST.test(host) && !isIPv6(host))
    throw notAllowed(field, url, 'a host name with an optional port, and nothing else')
  if (digits !== undefined && !port.accepts(Number(digits))) throw notAllowed(field, url, `its port: ${port.allowed}`)
  return {
    host,
    port: digits === undefined ? null : Number(digits),
    encrypted: scheme === undefined ? null : ENCRYPTED.has(scheme.toLowerCase())
  }
}

/** Another field that was left as it is gives way to the URL; one that was changed too must say the same. */
function contradict<T>(field: string, asked: T | null, current: T | null, inUrl: T): void {
  if (asked === null || asked === current || asked === inUrl) return
  throw notAllowed(field, asked, `the URL says ${String(inUrl)}`)
}

function readPort(value: unknown): number | null {
  const read = port.read(value)
  return typeof read === 'number' ? read : null
}

function readOn(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value
  const number = Number(value)
  return value === undefined || value === null || Number.isNaN(number) ? null : number > 0
}
