import type { LookupAddress, LookupOptions } from 'node:dns'
import { lookup } from 'node:dns/promises'

type Callback = (error: Error | null, address: string | LookupAddress[], family?: number) => void
type Resolve = (host: string) => Promise<LookupAddress[]>

/**
 * Creates a replacement of `dns.lookup` with at most one query per name under way, which all callers share. A query cannot be
 * aborted and occupies a thread of libuv: with a resolver that hangs, each attempt to connect would add another one.
 */
export function createLookup(resolve: Resolve = (host) => lookup(host, { all: true })) {
  const running = new Map<string, Promise<LookupAddress[]>>()

  function query(host: string): Promise<LookupAddress[]> {
    const known = running.get(host)
    if (known) return known
    const started = resolve(host).finally(() => running.delete(host))
    running.set(host, started)
    return started
  }

  return (host: string, { all = false, family = 0 }: LookupOptions, callback: Callback): void => {
    query(host).then(
      (found) => {
        const wanted = family === 4 || family === 6 ? found.filter((address) => address.family === family) : found
        const [first] = wanted
        if (all) callback(null, wanted)
        else if (first) callback(null, first.address, first.family)
        else callback(Object.assign(new Error(`${host} has no such address`), { code: 'ENOTFOUND' }), '')
      },
      (error: Error) => callback(error, all ? [] : '')
    )
  }
}

/** Shared by the clients of all services. */
export const sharedLookup = createLookup()
