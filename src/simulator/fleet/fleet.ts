import { addressesFrom, macOf, normalMac, parseLoopback } from './addresses.ts'
import { hostnameFor } from './hostnames.ts'
import { matchProfiles } from '../miner/profiles.ts'
import { wantsOtp } from '../settings/otp.ts'
import { unit } from '../random.ts'
import { createState, type MinerState } from '../miner/state.ts'
import { capturedBest } from '../miner/info.ts'
import { expectedOf, settle } from '../miner/vitals.ts'
import type { SimulatorOptions } from '../types.ts'

/** All miners, found by address or MAC. */
export interface Fleet {
  readonly states: readonly MinerState[]
  at(ip: string | null): MinerState | undefined
  /** By MAC, IP or `ip:port`; throws RangeError when there is none. */
  find(macOrAddress: string): MinerState
  /** Gives a miner another address, or exchanges two when the address is taken. Throws RangeError on an address outside 127.0.0.0/8. */
  move(state: MinerState, ip: string): void
}

/** Builds the fleet. The same options and seed give the same miners. */
export function createFleet(options: SimulatorOptions): Fleet {
  const profiles = matchProfiles(options.profiles)
  const states = addressesFrom(options.firstAddress, options.devices).map((ip, index) => {
    const profile = profiles[index % profiles.length]
    if (!profile) throw new RangeError('no profile is left')
    const hostname = hostnameFor(index, profile, options.hostnames)
    return furnish(
      createState(index, options.seed, profile, { mac: macOf(options.seed, index), ip, hostname }),
      options
    )
  })
  return indexed(states)
}

function indexed(states: MinerState[]): Fleet {
  const byIp = new Map(states.map((state) => [state.ip, state]))
  const byMac = new Map(states.map((state) => [state.mac, state]))
  return {
    states,
    at: (ip) => (ip === null ? undefined : byIp.get(ip)),
    find(key) {
      const state = byMac.get(normalMac(key)) ?? byIp.get(key.split(':')[0] ?? '')
      if (!state) throw new RangeError(`no miner has the MAC or address "${key}"`)
      return state
    },
    move(state, ip) {
      if (parseLoopback(ip) === null) throw new RangeError(`"ip" must lie in 127.0.0.0/8, got "${ip}"`)
      const other = byIp.get(ip)
      byIp.delete(state.ip)
      if (other) settleAt(other, state.ip)
      settleAt(state, ip)
    }
  }

  function settleAt(state: MinerState, ip: string): void {
    byIp.set(ip, state)
    state.ip = ip
    showAddress(state)
    for (const socket of state.sockets) socket.destroy()
  }
}

/** Gives a fresh state its identity, secrets and a past. */
function furnish(state: MinerState, options: SimulatorOptions): MinerState {
  const { stored, seed, mac } = state
  if ('macAddr' in stored) stored['macAddr'] = mac.toUpperCase()
  if ('otp' in stored) stored['otp'] = wantsOtp({ state, options })
  showHostname(state)
  showAddress(state)
  plantSecrets(state, options)
  const uptimeMs = Math.round(600_000 + unit(seed, 1) * 20 * 86_400_000)
  state.bootedAt -= uptimeMs
  state.session = { units: (expectedOf(state) * 1e9 * (uptimeMs / 1000)) / 2 ** 32, at: Date.now(), perMs: 0 }
  state.earlierUptimeMs = uptimeMs * 3
  state.earlierUnits = state.session.units * 3
  state.bestEver = capturedBest(state) * (0.5 + unit(seed, 2))
  settle(state)
  stored['ssid'] ||= 'miner-net'
  return state
}

/** Writes the address into the fields that tell it. */
function showAddress({ stored, ip }: MinerState): void {
  for (const key of ['ipv4', 'hostip']) if (key in stored) stored[key] = ip
}

/** Writes the host name into the fields that tell it (AXEOS.md 2.2). */
export function showHostname({ stored, hostname }: MinerState): void {
  if ('hostname' in stored) stored['hostname'] = hostname
  for (const key of ['fullHostname', 'mdnsHostname']) if (key in stored) stored[key] = `${hostname}.local`
}

function plantSecrets({ stored, secrets, mac, profile: { firmware } }: MinerState, options: SimulatorOptions): void {
  const tail = mac.slice(-5).replace(':', '')
  secrets.set('wifiPass', `wifi-secret-${tail}`)
  const keys = firmware.dialect === 'C' ? ['pools.0', 'pools.1'] : ['stratumPassword', 'fallbackStratumPassword']
  for (const key of keys) secrets.set(key, `pool-secret-${key}-${tail}`)
  if (options.leakWifiPass && !firmware.since('2.5.0', null) && !firmware.nerd)
    stored['wifiPass'] = `wifi-secret-${tail}`
}
