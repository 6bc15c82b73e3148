import { breakOff } from '../http/break-off.ts'
import { bootLines } from '../logs/lines.ts'
import { unit } from '../random.ts'
import { timeOf, type MinerState } from './state.ts'
import type { SimulatorOptions } from '../types.ts'
import { settle, unitsAt, vitalsOf } from './vitals.ts'

/** Starts again from zero after a silence: session counters, pause and volatile states are gone (AXEOS.md 1.3). */
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
  settle(state)
  state.session.at = state.bootedAt
  dropConnections(state)
}

/** How long this miner takes to boot, ms. */
export function bootTimeOf({ seed }: MinerState, { bootTimeMs }: SimulatorOptions): number {
  if (typeof bootTimeMs === 'number') return bootTimeMs
  const [least, most] = bootTimeMs
  return least + (most - least) * unit(seed, 3)
}

/** Breaks all connections of a miner, WebSockets included. */
export function dropConnections(state: MinerState): void {
  for (const socket of state.sockets) breakOff(socket)
}
