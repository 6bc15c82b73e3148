import type { Dialect } from '../types.ts'

/** What a firmware version does on the wire, as far as it differs between versions. */
export interface Firmware {
  version: string
  dialect: Dialect
  nerd: boolean
  /** Whether this firmware is at least `em` (ESP-Miner) or `nq` (NerdQAxe); null: never in that family. */
  since(em: string | null, nq: string | null): boolean
  /** Open sockets, and whether the least recently used is closed for a new one (AXEOS.md 5.1). */
  maxSockets: number
  purgesOldest: boolean
  /** Largest header block and request body, bytes (AXEOS.md 1.1, 1.7). */
  headerLimit: number
  bodyLimit: number
  /** JSON indented with tabs by cJSON (AXEOS.md 1.1). */
  pretty: boolean
  restart: 'drop' | 'html' | 'plain' | 'json'
  /** Log clients; 1 means that the newest takes the stream (AXEOS.md 1.4). */
  maxLogClients: number
  /** Refuses an upgrade with a real HTTP status instead of text after the 101. */
  refusesBeforeUpgrade: boolean
}

/** Reads the rules of a firmware from its version text (`v2.11.0b6`, `V1.0.37.2-LTS`). */
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
  if (nerd) return 'N'
  return since('2.15.0', null) ? 'C' : since('2.11.0', null) ? 'B' : 'A'
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
