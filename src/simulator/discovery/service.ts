import type { Fleet } from '../fleet/fleet.ts'
import { infoOf } from '../miner/info.ts'
import { isUnreachable, type MinerState } from '../miner/state.ts'
import type { DiscoveryOptions } from '../types.ts'
import type { Fields } from '../json.ts'

const matchers: Record<string, (value: string, part: string) => boolean> = {
  left: (value, part) => value.endsWith(part),
  right: (value, part) => value.startsWith(part),
  both: (value, part) => value.includes(part),
  none: (value, part) => value === part
}

/**
 * `GET /discover?ip=&mac=`: the miners that are reachable now, as the scan of an external discovery service finds them.
 * With `unknownMac`, a miner found by its address has `mac: "unknown"`.
 */
export function discover(
  fleet: Fleet,
  query: URLSearchParams,
  port: number,
  { unknownMac }: DiscoveryOptions
): Fields[] {
  const [ip, mac] = [query.get('ip'), query.get('mac')?.toLowerCase()]
  const found = fleet.states.filter(
    (state) => !isUnreachable(state) && isAt(state, ip, port) && (!mac || state.mac === mac)
  )
  return found.map((state) => ({ ...deviceOf(state, port), ...(ip && unknownMac && { mac: 'unknown' }) }))
}

/**
 * `GET /discovered?macs=&ips=&hostnames=&partialMacs=&partialIps=&partialHostnames=`: results of earlier scans. All given criteria
 * must match. `left`, `right`, `both` (default) and `none` say on which side of the given text a value may continue.
 */
export function discovered(fleet: Fleet, query: URLSearchParams, port: number): Fields[] {
  const criteria: [string, string, (state: MinerState) => string][] = [
    ['macs', 'partialMacs', ({ mac }) => mac],
    ['ips', 'partialIps', ({ ip }) => `${ip}:${port}`],
    ['hostnames', 'partialHostnames', ({ hostname }) => hostname.toLowerCase()]
  ]
  const tests = criteria.map(([list, partial, read]) => {
    const parts = (query.get(list) ?? '').toLowerCase().split(',').filter(Boolean)
    const matches = matchers[query.get(partial) ?? 'both'] ?? matchers['both']
    return (state: MinerState): boolean => !parts.length || parts.some((part) => matches?.(read(state), part))
  })
  return fleet.states.filter((state) => tests.every((test) => test(state))).map((state) => deviceOf(state, port))
}

function isAt(state: MinerState, ip: string | null, port: number): boolean {
  return !ip || ip === state.ip || ip === `${state.ip}:${port}`
}

function deviceOf(state: MinerState, port: number): Fields {
  return { mac: state.mac, ip: `${state.ip}:${port}`, type: 'bitaxe', info: infoOf(state) }
}
