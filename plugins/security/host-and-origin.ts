import { isIP } from 'node:net'
import { splitList } from '../../src/network.ts'

/**
 * Tells by which names the service may be called. A name that anybody can register might be pointed at this machine by a
 * hostile page (DNS rebinding), so only addresses, `localhost`, `*.local` and `allowed` count.
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

/** Tells from which pages a browser may change anything: from those of this service itself, and of `allowed`. */
export function createOriginCheck(allowed: string): (origin: string | undefined, host: string | undefined) => boolean {
  const origins = new Set(splitList(allowed).map((origin) => origin.toLowerCase().replace(/\/$/, '')))
  return (origin, host) => {
    if (origin === undefined) return true
    const given = origin.toLowerCase()
    if (origins.has(given)) return true
    return URL.canParse(given) && host !== undefined && new URL(given).host === normalHost(given, host)
  }
}

/** Writes a `Host` header as a URL of the same scheme has it: without the port that the scheme implies. */
function normalHost(origin: string, host: string): string | null {
  const url = `${new URL(origin).protocol}//${host}`
  return URL.canParse(url) ? new URL(url).host : null
}

function hostnameOf(header: string): string | null {
  if (!URL.canParse(`http://${header}`)) return null
  const { hostname, pathname, username } = new URL(`http://${header}`)
  if (pathname !== '/' || username !== '') return null
  return hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase()
}
