import { networksOf } from './fleet/addresses.ts'
import { createListener } from './http/connections.ts'
import { createControl } from './control/server.ts'
import { countersOf, resetCounters } from './fleet/counters.ts'
import { createFleet, type Fleet } from './fleet/fleet.ts'
import { listen, unlisten } from './http/sockets.ts'
import { createLogEmitter } from './logs/emitter.ts'
import { serveUpgrades } from './logs/upgrades.ts'
import { advertise, writeArpTable } from './discovery/announcements.ts'
import { createMiner } from './miner/miner.ts'
import { completeOptions } from './options.ts'
import { createHttp } from './http/server.ts'
import type { Miner, Simulator, SimulatorOptions } from './types.ts'

/**
 * Starts a fleet of virtual miners on one port, each at its own loopback address.
 * @throws RangeError when an option is out of range, or the socket's error (`EADDRINUSE`) when a port is taken
 */
export async function startSimulator(overrides: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const options = completeOptions(overrides)
  const fleet = createFleet(options)
  const http = createHttp(fleet, options)
  const emitter = createLogEmitter(options.logLinesPerSecond)
  serveUpgrades(http, fleet, emitter)
  const listener = createListener(fleet, http)
  const port = await listen(listener, options.port, '0.0.0.0')
  const updateArpTable = (): void =>
    options.arpTableFile === null ? undefined : writeArpTable(options.arpTableFile, fleet.states)
  updateArpTable()
  const miners = fleet.states.map((state) => createMiner(state, fleet, options, port, updateArpTable))
  const simulator = assemble(fleet, miners, port, options)
  const control = createControl(simulator, fleet, options.discovery)
  const urls = await openControl()
  const advertisement = options.mdns ? advertise(fleet.states, port, options.mdnsPort) : null
  const close = async (): Promise<void> => {
    emitter.stopAll()
    control.closeAllConnections()
    const stopped = [unlisten(listener), unlisten(control), advertisement?.stop()]
    for (const { sockets } of fleet.states) for (const socket of sockets) socket.destroy()
    await Promise.all(stopped)
  }
  return Object.assign(simulator, urls, { close })

  async function openControl(): Promise<Pick<Simulator, 'controlUrl' | 'discoveryUrl'>> {
    if (options.controlPort === null) return { controlUrl: null, discoveryUrl: null }
    const url = `http://127.0.0.1:${await listen(control, options.controlPort, '127.0.0.1').catch(stopListening)}`
    return { controlUrl: url, discoveryUrl: url }
  }

  async function stopListening(error: unknown): Promise<never> {
    await unlisten(listener)
    throw error
  }
}

function assemble(fleet: Fleet, miners: Miner[], port: number, options: SimulatorOptions): Simulator {
  const byMac = new Map(miners.map((miner) => [miner.mac, miner]))
  let since = Date.now()
  const miner = (key: string): Miner => {
    const found = byMac.get(fleet.find(key).mac)
    if (!found) throw new RangeError(`no miner has the MAC or address "${key}"`)
    return found
  }
  return {
    port,
    controlUrl: null,
    discoveryUrl: null,
    miners,
    miner,
    get networks() {
      return networksOf(
        miners.map(({ ip }) => ip),
        port
      )
    },
    swap: (a, b) => miner(a).move(miner(b).ip),
    counters: (intervalMs = 5000) => ({ sinceMs: Date.now() - since, ...countersOf(fleet.states, intervalMs) }),
    resetCounters() {
      since = Date.now()
      resetCounters(fleet.states)
    },
    setDiscovery: (given) => void Object.assign(options.discovery, given),
    close: () => Promise.resolve()
  }
}
