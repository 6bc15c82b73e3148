import { isIP } from 'node:net'
import { splitList } from '../../src/network.ts'

/**
 * Creates the check of the `Host` header. A hostile page can point a public name at this machine (DNS rebinding), so only
 * IP addresses, `localhost`, `*.local` and the names in `allowed` (comma-separated) pass.
 */
export function createHostCheck(allowed: string): (host: string | undefined) => boolean {
  const names = new Set(splitList(allowed).map((name) => name.toLowerCase()))
  return (header) => {
    if (header === undefined) return true
    const host = hostnameOf(header)
    if (host === null) return false
    return isIP(host) > 0 || host === 'localhost' || host.endsWith('.local') || names.has(host)
  }
}

/** Creates the check of the `Origin` header: the service's own origin and those in `allowed` (comma-separated) pass. */
export function createOriginCheck(allowed: string): (origin: string | undefined, host: string | undefined) => boolean {
  const origins = new Set(splitList(allowed).map((origin) => origin.toLowerCase().replace(/\/$/, '')))
  return (origin, host) => {
    if (origin === undefined) return true
    const given = origin.toLowerCase()
    if (origins.has(given)) return true
    return URL.canParse(given) && host !== undefined && new URL(given).host === hostLike(given, host)
  }
}

/** A `Host` header normalized like the host of a URL with the scheme of `origin`: without that scheme's default port. */
function hostLike(origin: string, host: string): string | null {
  const url = `${new URL(origin).protocol}//${host}`
  return URL.canParse(url) ? new URL(url).host : null
}

function hostnameOf(header: string): string | null {
  if (!URL.canParse(`http://${header}`)) return null
  const { hostname, pathname, username } = new URL(`http://${header}`)
  if (pathname !== '/' || username !== '') return null
  return hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase()
}
