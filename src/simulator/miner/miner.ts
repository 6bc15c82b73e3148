import { faultParams, isFaultName, type FaultName } from '../faults.ts'
import { updateHostnameFields, type Fleet } from '../fleet/fleet.ts'
import { infoOf } from './info.ts'
import { bootTimeOf, dropConnections, reboot } from './power.ts'
import type { MinerState } from './state.ts'
import type { Miner, SimulatorOptions } from '../types.ts'
import { startNewRate } from './vitals.ts'

/** Creates the interface to one miner for tests and the control API. */
export function createMiner(
  state: MinerState,
  fleet: Fleet,
  options: SimulatorOptions,
  port: number,
  onMove: () => void
): Miner {
  return {
    mac: state.mac,
    profile: state.profile.name,
    version: state.profile.firmware.version,
    dialect: state.profile.firmware.dialect,
    writes: state.writes,
    get ip() {
      return state.ip
    },
    get address() {
      return `${state.ip}:${port}`
    },
    get hostname() {
      return state.hostname
    },
    get requests() {
      return state.traffic.requests
    },
    get infoRequests() {
      return state.traffic.infoRequests
    },
    get logClients() {
      return [...state.logClients].filter((client) => !client.live).length
    },
    get connections() {
      return state.sockets.size
    },
    get faults() {
      return [...state.faults.keys()]
    },
    get onRequest() {
      return state.onRequest
    },
    set onRequest(listener) {
      state.onRequest = listener
    },
    fault: (name, params) => startFault(state, name, params),
    clearFaults: (name) => clearFaults(state, name),
    reboot: (bootTimeMs) => reboot(state, bootTimeMs ?? bootTimeOf(state, options)),
    rename(hostname) {
      state.hostname = hostname
      updateHostnameFields(state)
    },
    override(fields) {
      for (const [key, value] of Object.entries(fields)) state.overrides.set(key, value)
    },
    claimMac(mac) {
      if (mac === null) state.overrides.delete('macAddr')
      else state.overrides.set('macAddr', fleet.find(mac).mac.toUpperCase())
    },
    powerOff() {
      state.on = false
      dropConnections(state)
    },
    powerOn() {
      reboot(state, 0)
      state.on = true
    },
    move(ip) {
      fleet.move(state, ip)
      onMove()
    },
    info: () => infoOf(state),
    secrets: () => Object.fromEntries(state.secrets)
  }
}

function startFault(state: MinerState, name: FaultName, given?: Parameters<Miner['fault']>[1]): void {
  if (!isFaultName(name)) throw new RangeError(`unknown fault "${String(name)}"`)
  startNewRate(state)
  state.faults.set(name, { params: faultParams(name, given), since: Date.now() })
  startNewRate(state)
  if (name === 'refuse') dropConnections(state)
}

function clearFaults(state: MinerState, name?: FaultName): void {
  startNewRate(state)
  if (name) state.faults.delete(name)
  else state.faults.clear()
  startNewRate(state)
}
