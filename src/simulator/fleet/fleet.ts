import { addressesFrom, macOf, normalizeMac, parseLoopback } from './addresses.ts'
import { matchProfiles, type Profile } from '../miner/profiles.ts'
import { requiresOtp } from '../settings/otp.ts'
import { unit } from '../random.ts'
import { createState, type MinerState } from '../miner/state.ts'
import { capturedBest } from '../miner/info.ts'
import { expectedOf, startNewRate } from '../miner/vitals.ts'
import type { SimulatorOptions } from '../types.ts'

// Every fourth miner has one of these; captures show blanks and empty names too (AXEOS.md 2.2).
const awkwardHostnames = [
  ...['bitaxe 105', '', '2nd floor', 'Küche', 'say "hash"'],
  ...['total', "o'miner", '../../x', 'a\\b', '矿机']
]

/** All miners, by address and by MAC. */
export interface Fleet {
  readonly states: readonly MinerState[]
  at(ip: string | null): MinerState | undefined
  /** Finds a miner by MAC, IP or `ip:port`. @throws RangeError when no miner matches */
  find(macOrAddress: string): MinerState
  /** Moves a miner to another address; swaps the two miners when the address is taken. @throws RangeError outside 127.0.0.0/8 */
  move(state: MinerState, ip: string): void
}

/** Creates the fleet. The same options and seed always produce the same miners. */
export function createFleet(options: SimulatorOptions): Fleet {
  const profiles = matchProfiles(options.profiles)
  const states = addressesFrom(options.firstAddress, options.devices).map((ip, index) => {
    const profile = profiles[index % profiles.length]
    if (!profile) throw new RangeError('no profile matches')
    const hostname = hostnameFor(index, profile, options.hostnames)
    return initialize(
      createState(index, options.seed, profile, { mac: macOf(options.seed, index), ip, hostname }),
      options
    )
  })
  return indexFleet(states)
}

function indexFleet(states: MinerState[]): Fleet {
  const byIp = new Map(states.map((state) => [state.ip, state]))
  const byMac = new Map(states.map((state) => [state.mac, state]))
  return {
    states,
    at: (ip) => (ip === null ? undefined : byIp.get(ip)),
    find(key) {
      const state = byMac.get(normalizeMac(key)) ?? byIp.get(key.split(':')[0] ?? '')
      if (!state) throw new RangeError(`no miner has the MAC or address "${key}"`)
      return state
    },
    move(state, ip) {
      if (parseLoopback(ip) === null) throw new RangeError(`"ip" must lie in 127.0.0.0/8, got "${ip}"`)
      const other = byIp.get(ip)
      byIp.delete(state.ip)
      if (other) assignAddress(other, state.ip)
      assignAddress(state, ip)
    }
  }

  function assignAddress(state: MinerState, ip: string): void {
    byIp.set(ip, state)
    state.ip = ip
    updateAddressFields(state)
    for (const socket of state.sockets) socket.destroy()
  }
}

/** Fills a new state with its identity, secrets and a plausible history. */
function initialize(state: MinerState, options: SimulatorOptions): MinerState {
  const { stored, seed, mac } = state
  if ('macAddr' in stored) stored['macAddr'] = mac.toUpperCase()
  if ('otp' in stored) stored['otp'] = requiresOtp({ state, options })
  updateHostnameFields(state)
  updateAddressFields(state)
  setSecrets(state, options)
  const uptimeMs = Math.round(600_000 + unit(seed, 1) * 20 * 86_400_000)
  state.bootedAt -= uptimeMs
  state.session = { units: (expectedOf(state) * 1e9 * (uptimeMs / 1000)) / 2 ** 32, at: Date.now(), perMs: 0 }
  state.earlierUptimeMs = uptimeMs * 3
  state.earlierUnits = state.session.units * 3
  state.bestEver = capturedBest(state) * (0.5 + unit(seed, 2))
  startNewRate(state)
  stored['ssid'] ||= 'miner-net'
  return state
}

/** Copies the address into the info fields that contain it. */
function updateAddressFields({ stored, ip }: MinerState): void {
  for (const key of ['ipv4', 'hostip']) if (key in stored) stored[key] = ip
}

/** Copies the host name into the info fields that contain it (AXEOS.md 2.2). */
export function updateHostnameFields({ stored, hostname }: MinerState): void {
  if ('hostname' in stored) stored['hostname'] = hostname
  for (const key of ['fullHostname', 'mdnsHostname']) if (key in stored) stored[key] = `${hostname}.local`
}

function setSecrets({ stored, secrets, mac, profile: { firmware } }: MinerState, options: SimulatorOptions): void {
  const tail = mac.slice(-5).replace(':', '')
  secrets.set('wifiPass', `wifi-secret-${tail}`)
  const keys = firmware.dialect === 'pools' ? ['pools.0', 'pools.1'] : ['stratumPassword', 'fallbackStratumPassword']
  for (const key of keys) secrets.set(key, `pool-secret-${key}-${tail}`)
  if (options.leakWifiPass && !firmware.since('2.5.0', null) && !firmware.nerd)
    stored['wifiPass'] = `wifi-secret-${tail}`
}

/** The host name of the n-th miner: from the given list, otherwise mostly the factory setting. */
function hostnameFor(index: number, profile: Profile, given: readonly string[]): string {
  if (given.length) return given[index % given.length] ?? 'bitaxe'
  if (index % 4 === 3) return awkwardHostnames[Math.floor(index / 4) % awkwardHostnames.length] ?? ''
  return profile.firmware.nerd ? 'nerdqaxe' : 'bitaxe'
}
