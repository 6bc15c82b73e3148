import { resetConnection } from '../http/sockets.ts'
import { bootLines } from '../logs/lines.ts'
import { unit } from '../random.ts'
import { timeOf, type MinerState } from './state.ts'
import type { SimulatorOptions } from '../types.ts'
import { startNewRate, unitsAt, vitalsOf } from './vitals.ts'

/** Reboots after `bootTimeMs` of silence. Session counters, the pause and other volatile state are lost (AXEOS.md 1.3). */
export function reboot(state: MinerState, bootTimeMs: number): void {
  const at = timeOf(state)
  const { bestEver } = vitalsOf(state)
  state.bestEver = bestEver
  state.earlierUnits += unitsAt(state, at)
  state.earlierUptimeMs += at - state.bootedAt
  state.bootedAt = Date.now() + bootTimeMs
  state.silentUntil = state.bootedAt
  state.stoppedAt = null
  state.identifyUntil = 0
  state.logIndex = -bootLines
  for (const key of ['miningPaused', 'shutdown']) if (key in state.stored) state.stored[key] = false
  state.session = { units: 0, at: state.bootedAt, perMs: 0 }
  startNewRate(state)
  state.session.at = state.bootedAt
  dropConnections(state)
}

/** Boot time of this miner, ms. */
export function bootTimeOf({ seed }: MinerState, { bootTimeMs }: SimulatorOptions): number {
  if (typeof bootTimeMs === 'number') return bootTimeMs
  const [least, most] = bootTimeMs
  return least + (most - least) * unit(seed, 3)
}

/** Resets all connections of a miner, WebSockets included. */
export function dropConnections(state: MinerState): void {
  for (const socket of state.sockets) resetConnection(socket)
}
