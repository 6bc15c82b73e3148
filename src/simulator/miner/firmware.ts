import type { Dialect } from '../types.ts'

/** How a firmware version behaves on the wire, where versions differ. */
export interface Firmware {
  version: string
  dialect: Dialect
  nerd: boolean
  /** Whether this firmware is at least version `em` of ESP-Miner or `nq` of NerdQAxe; null means no version of that family. */
  since(em: string | null, nq: string | null): boolean
  /** Most open sockets, and whether the least recently used one is closed to make room (AXEOS.md 5.1). */
  maxSockets: number
  purgesOldest: boolean
  /** Largest header block and request body, bytes (AXEOS.md 1.1, 1.7). */
  headerLimit: number
  bodyLimit: number
  /** Whether cJSON indents JSON with tabs (AXEOS.md 1.1). */
  pretty: boolean
  restart: 'drop' | 'html' | 'plain' | 'json'
  /** Most log clients; 1 means that the newest client takes over the stream (AXEOS.md 1.4). */
  maxLogClients: number
  /** Whether a refused upgrade is answered with an HTTP status, not with text after the 101. */
  refusesBeforeUpgrade: boolean
}

/** Returns the behaviour of a firmware by its version text (`v2.11.0b6`, `V1.0.37.2-LTS`). */
export function firmwareOf(version: string, nerd: boolean): Firmware {
  const numbers = versionNumbers(version)
  const since = (em: string | null, nq: string | null): boolean => {
    const least = nerd ? nq : em
    return least !== null && compare(numbers, versionNumbers(least)) >= 0
  }
  return {
    version,
    nerd,
    since,
    dialect: dialectOf(nerd, since),
    maxSockets: since('2.10.0', null) ? 20 : since('2.4.2', '1.0.26') ? 10 : 7,
    purgesOldest: since('2.10.0', '1.0.26'),
    headerLimit: since('2.10.0', null) ? 1024 : 512,
    bodyLimit: nerd ? 16_384 : 10_240,
    pretty: !nerd && !since('2.14.0', null),
    restart: restartOf(nerd, since),
    maxLogClients: since('2.10.0', null) ? 10 : 1,
    refusesBeforeUpgrade: since('2.15.0', null)
  }
}

type Since = Firmware['since']

function dialectOf(nerd: boolean, since: Since): Dialect {
  if (nerd) return 'nerdqaxe'
  return since('2.15.0', null) ? 'pools' : since('2.11.0', null) ? 'strict' : 'lenient'
}

function restartOf(nerd: boolean, since: Since): Firmware['restart'] {
  if (nerd) return 'html'
  if (since('2.13.0', null)) return 'json'
  if (since('2.12.0', null)) return 'plain'
  return since('2.1.6', null) ? 'html' : 'drop'
}

function versionNumbers(version: string): number[] {
  return (/\d+(?:\.\d+)*/.exec(version)?.[0] ?? '0').split('.').map(Number)
}

function compare(a: number[], b: number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
