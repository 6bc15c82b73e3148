import { once } from 'node:events'
import type { Server } from 'node:net'
import { networksOf } from './addresses.ts'
import { createListener } from './connections.ts'
import { countersOf, resetCounters } from './counters.ts'
import { createFleet } from './fleet.ts'
import { createMiner } from './miner.ts'
import { defaultOptions } from './options.ts'
import { createHttp } from './serve.ts'
import type { Miner, Simulator, SimulatorOptions } from './types.ts'

/**
 * Starts a fleet of virtual miners behind one port, each at its own loopback address. Rejects with RangeError on options that
 * make no sense and with the socket's error (`EADDRINUSE`) when a port is taken.
 */
export async function startSimulator(overrides: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const options = { ...defaultOptions, ...overrides }
  const fleet = createFleet(options)
  const http = createHttp(fleet, options)
  const listener = createListener(fleet, http)
  const port = await listen(listener, options.port, '0.0.0.0')
  const miners = fleet.states.map((state) =>
    createMiner(
      state,
      fleet,
      options,
      () => port,
      () => undefined
    )
  )
  const byMac = new Map(miners.map((miner) => [miner.mac, miner]))
  const find = (key: string): Miner => {
    const miner = byMac.get(fleet.find(key).mac)
    if (!miner) throw new RangeError(`no miner has the MAC or address "${key}"`)
    return miner
  }
  return {
    port,
    controlUrl: null,
    discoveryUrl: null,
    miners,
    networks: networksOf(
      miners.map(({ ip }) => ip),
      port
    ),
    miner: find,
    swap: (a, b) => find(a).move(find(b).ip),
    counters: (intervalMs = 5000) => countersOf(fleet.states, intervalMs),
    resetCounters: () => resetCounters(fleet.states),
    setDiscovery: (given) => void Object.assign(options.discovery, given),
    async close() {
      const closed = once(listener, 'close')
      listener.close()
      for (const { sockets } of fleet.states) for (const socket of sockets) socket.destroy()
      await closed
    }
  }
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  server.listen(port, host, 4096)
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address ? address.port : port
}
