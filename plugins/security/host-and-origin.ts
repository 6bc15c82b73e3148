import { isIP } from 'node:net'
import { splitList } from '../../src/network.ts'
import { canonicalName, canonicalOrigin, isLoopback, ownNames, parseHost } from './host-names.ts'

/**
 * Creates the check of the `Host` header. A hostile page can point a name of its own at this machine (DNS rebinding), so only
 * IP addresses, `localhost`, this machine's own names and those in `allowed` (comma-separated) pass. `*.local` passes only
 * if the service is open to the network: any device there can claim such a name, and could call the port itself.
 * @param boundTo returns the address that the service listens on
 */
export function createHostCheck(allowed: string, boundTo: () => string): (host: string | undefined) => boolean {
  const names = new Set(['localhost', ...ownNames(), ...splitList(allowed).map(canonicalName)])
  return (header) => {
    if (header === undefined) return true
    const name = parseHost(header)?.name
    if (name === undefined) return false
    return isIP(name) > 0 || names.has(name) || (name.endsWith('.local') && !isLoopback(boundTo()))
  }
}

/** Creates the check whether the web pages of an origin are among `allowed` (comma-separated). */
export function createAllowedOriginCheck(allowed: string): (origin: string) => boolean {
  const origins = new Set(splitList(allowed).map((origin) => canonicalOrigin(origin)))
  return (given) => {
    const origin = canonicalOrigin(given)
    return origin !== null && origins.has(origin)
  }
}

/** Whether a page comes from the service itself, whose `Host` header does not name the scheme. */
export function isOwnOrigin(origin: string, host: string | undefined): boolean {
  const own = canonicalOrigin(origin)
  return own !== null && host !== undefined && own === canonicalOrigin(`${new URL(own).protocol}//${host}`)
}
