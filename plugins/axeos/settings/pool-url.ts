import { isIPv6 } from 'node:net'
import type { Info } from '../reading/fields.ts'
import { integer, notAllowedError } from './rules.ts'

const PARTS = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*?)\/?$/is
const HOST = /^[a-z0-9._-]+$/i
const HOST_AND_PORT = /^([^:]+|\[.+\]):(\d+)$/
const PLAIN_SCHEMES = new Set(['tcp', 'stratum', 'stratum+tcp', 'stratum1+tcp'])
const ENCRYPTED_SCHEMES = new Set(['ssl', 'tls', 'stratum+ssl', 'stratum+tls', 'stratum1+ssl', 'stratum1+tls'])
const port = integer(1, 65_535)

interface PoolAddress {
  readonly host: string
  readonly port: number | null
  /** null when the URL has no scheme. */
  readonly encrypted: boolean | null
}

/** Names of one pool's settings: the miner's have a prefix, `fieldOf` returns the client's. */
export interface PoolNames {
  readonly prefix: string
  readonly fieldOf: (key: string) => string
}

/**
 * Splits a requested pool URL: the firmware expects a bare host (AXEOS.md 3.3). The URL's port becomes the pool's port, its
 * scheme the TLS flag.
 * @returns the request with these three in the miner's form
 * @throws {SettingNotAllowedError} the URL is not a pool's, or contradicts another requested field
 */
export function splitPoolUrl(requested: Info, current: Info, hasTls: boolean, { prefix, fieldOf }: PoolNames): Info {
  const keys = { url: `${prefix}URL`, port: `${prefix}Port`, tls: `${prefix}TLS` }
  const url = requested[keys.url]
  if (typeof url !== 'string' || url === '' || url === current[keys.url]) return requested
  const field = fieldOf(keys.url)
  const address = parsePoolUrl(field, url)
  const split: Info = { ...requested, [keys.url]: address.host }
  if (address.port !== null) {
    requireConsistent(fieldOf(keys.port), readPort(requested[keys.port]), readPort(current[keys.port]), address.port)
    if (requested[keys.port] === undefined || readPort(requested[keys.port]) !== null) split[keys.port] = address.port
  }
  if (address.encrypted && !hasTls) throw notAllowedError(field, url, 'this firmware has no TLS for pools')
  if (address.encrypted !== null && hasTls) {
    requireConsistent(fieldOf(keys.tls), readTls(requested[keys.tls]), readTls(current[keys.tls]), address.encrypted)
    if (readTls(requested[keys.tls]) !== address.encrypted) split[keys.tls] = address.encrypted
  }
  return split
}

/** @throws {SettingNotAllowedError} */
function parsePoolUrl(field: string, url: string): PoolAddress {
  const [, scheme, rest = ''] = PARTS.exec(url.trim()) ?? []
  const known =
    scheme === undefined || PLAIN_SCHEMES.has(scheme.toLowerCase()) || ENCRYPTED_SCHEMES.has(scheme.toLowerCase())
  if (!known) throw notAllowedError(field, url, 'a host name, or a URL with stratum+tcp, stratum+ssl or stratum+tls')
  const [, before = rest, digits] = HOST_AND_PORT.exec(rest) ?? []
  const host = before.replace(/^\[(.*)\]$/, '$1')
  if (!HOST.test(host) && !isIPv6(host))
    throw notAllowedError(field, url, 'a host name with an optional port, and nothing else')
  if (digits !== undefined && !port.accepts(Number(digits)))
    throw notAllowedError(field, url, `its port: ${port.allowed}`)
  return {
    host,
    port: digits === undefined ? null : Number(digits),
    encrypted: scheme === undefined ? null : ENCRYPTED_SCHEMES.has(scheme.toLowerCase())
  }
}

/** The URL overrides a field that keeps its current value; a field that changes too must agree with it. */
function requireConsistent<T>(field: string, requested: T | null, current: T | null, inUrl: T): void {
  if (requested === null || requested === current || requested === inUrl) return
  throw notAllowedError(field, requested, `the URL says ${String(inUrl)}`)
}

function readPort(value: unknown): number | null {
  const read = port.read(value)
  return typeof read === 'number' ? read : null
}

function readTls(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value
  const number = Number(value)
  return value === undefined || value === null || Number.isNaN(number) ? null : number > 0
}
