import { hostname } from 'node:os'
import ipaddr from 'ipaddr.js'

/** A host as a client names it, with its port or without, and an IPv6 address in brackets with its zone or without. */
const HOST = /^(\[[0-9a-f:.]+(%[\w.~%-]+)?\]|[^\s/?#@\\:[\]]+)(:\d*)?$/i

/**
 * Parses a `Host` header, or the host of an origin.
 * @returns the name in its one spelling, see `canonicalName`, and the port as it is given; null if it is not a host
 */
export function parseHost(text: string): { name: string; port: string } | null {
  const match = HOST.exec(text)
  const url = `http://${match?.[1]?.replace(/%[^\]]*/, '')}`
  if (!match || !URL.canParse(url)) return null
  return { name: canonicalName(new URL(url).hostname), port: match[3]?.slice(1) ?? '' }
}

/**
 * The one spelling of a name or address: lower case, without the dot that ends an absolute name, without brackets and zone.
 * `localhost.` is the same host as `localhost`.
 */
export function canonicalName(name: string): string {
  return name
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/%.*$/, '')
    .replace(/(?<=[^.])\.$/, '')
}

/** The scheme, host and port of an origin in one spelling, without the default port; null if it is not an origin. */
export function canonicalOrigin(origin: string): string | null {
  const [, scheme, host] = /^(https?):\/\/(.*?)\/?$/i.exec(origin) ?? []
  const parsed = host === undefined ? null : parseHost(host)
  if (scheme === undefined || parsed === null) return null
  const url = `${scheme}://${parsed.name.includes(':') ? `[${parsed.name}]` : parsed.name}:${parsed.port}`
  return URL.canParse(url) ? new URL(url).origin : null
}

/** Whether a host name or address only leads to this machine. */
export function isLoopback(host: string): boolean {
  const name = canonicalName(host)
  if (name === 'localhost') return true
  return ipaddr.isValid(name) && ipaddr.process(name).range() === 'loopback'
}

/** The names of this machine: its host name with and without its domain, and as it is announced by mDNS. */
export function ownNames(): string[] {
  const name = canonicalName(hostname())
  const [label = name] = name.split('.')
  return [name, label, `${label}.local`]
}
