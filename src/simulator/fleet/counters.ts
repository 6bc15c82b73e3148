import { isUnreachable, type MinerState } from '../miner/state.ts'
import { createTraffic, intervalsOf, intervalStats, missedOf } from './traffic.ts'
import type { Counters, MinerCounters } from '../types.ts'
import { vitalsOf } from '../miner/vitals.ts'

/** Sums the traffic of the whole fleet. `intervalMs` is the expected time between two polls of a miner. */
export function countersOf(states: readonly MinerState[], intervalMs: number): Omit<Counters, 'sinceMs'> {
  const miners = states.map((state) => countersOfMiner(state, intervalMs))
  const total = (key: 'requests' | 'infoRequests' | 'writes' | 'connections' | 'logClients'): number =>
    miners.reduce((sum, miner) => sum + miner[key], 0)
  const healthy = states.filter((state) => state.faults.size === 0 && !isUnreachable(state))
  const missed = miners.reduce((sum, { intervals }) => sum + intervals.missed, 0)
  return {
    requests: total('requests'),
    infoRequests: total('infoRequests'),
    writes: total('writes'),
    connections: total('connections'),
    logClients: total('logClients'),
    healthyHashRate: healthy.reduce((sum, state) => sum + vitalsOf(state).hashRate, 0),
    healthyMiners: healthy.length,
    intervals: intervalStats(
      states.flatMap(({ traffic }) => intervalsOf(traffic)),
      missed
    ),
    miners
  }
}

function countersOfMiner(state: MinerState, intervalMs: number): MinerCounters {
  const { mac, ip, traffic, writes, sockets, logClients } = state
  return {
    mac,
    ip,
    requests: traffic.requests,
    infoRequests: traffic.infoRequests,
    writes: writes.length,
    connections: sockets.size,
    logClients: [...logClients].filter((client) => !client.live).length,
    intervals: intervalStats(intervalsOf(traffic), missedOf(traffic, intervalMs))
  }
}

/** Resets all counters to zero and clears the recorded writes. */
export function resetCounters(states: readonly MinerState[]): void {
  for (const { traffic, writes } of states) {
    Object.assign(traffic, createTraffic())
    writes.length = 0
  }
}
