import type { IncomingMessage } from 'node:http'
import type { MinerState } from '../miner/state.ts'

const privateIp = /^(10\.\d+|127\.\d+|192\.168|172\.(1[6-9]|2\d|3[01]))(\.\d{1,3}){2}$/

/**
 * The firmware's access check on `Origin` (AXEOS.md 5.3). Here loopback peers count as LAN peers and 127/8 as a private range:
 * otherwise no client could use the simulator.
 */
export function isAllowed(req: IncomingMessage, { profile: { firmware }, hostname }: MinerState): boolean {
  const origin = req.headers['origin']
  if (!firmware.since('2.5.0', '1.0.24') || typeof origin !== 'string' || origin.length > 127) return true
  const host = /^http:\/\/([^/]*)$/.exec(origin)?.[1]
  if (host === undefined) return false
  const bare = host.replace(/:\d+$/, '')
  if (firmware.nerd) return privateIp.test(bare) || isLocalName(bare) || bare === hostname
  // ESP-Miner cannot parse an address with a port; names are allowed only since v2.15.0.
  return privateIp.test(host) || (firmware.since('2.15.0', null) && (isLocalName(bare) || /^[^.]+$/.test(bare)))
}

function isLocalName(host: string): boolean {
  return host === 'localhost' || host.endsWith('.local')
}
