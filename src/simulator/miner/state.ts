import type { Socket } from 'node:net'
import type { FaultName } from '../faults.ts'
import type { WebSocket } from 'ws'
import { createTaskQueue, type TaskQueue } from './task-queue.ts'
import { createTraffic, type Traffic } from '../fleet/traffic.ts'
import type { Profile } from './profiles.ts'
import { hash } from '../random.ts'
import type { SeenRequest, Write } from '../types.ts'
import type { Fields, Json } from '../json.ts'

/** Work as a linear function of time, in shares of difficulty 1: `units` at time `at`, then `perMs` more per ms. */
interface WorkMeter {
  units: number
  at: number
  perMs: number
}

/** The state of one virtual miner. Measurements are functions of it and the time, so no miner needs a timer. */
export interface MinerState {
  readonly index: number
  readonly seed: number
  readonly mac: string
  readonly profile: Profile
  ip: string
  hostname: string
  /** Settings and identity as in the info answer, in wire order. */
  readonly stored: Fields
  /** Settings that are not in the info answer. */
  readonly hidden: Fields
  readonly secrets: Map<string, string>
  readonly overrides: Map<string, Json | undefined>
  readonly faults: Map<FaultName, { params: Fields; since: number }>
  readonly sockets: Set<Socket>
  readonly tasks: TaskQueue
  readonly traffic: Traffic
  readonly writes: Write[]
  readonly logClients: Set<LogClient>
  /** Number of the next log line; negative numbers are boot lines. */
  logIndex: number
  identifyUntil: number
  /** Times of wrong one-time passwords, ms since the epoch. */
  otpFailures: number[]
  /** Sessions opened with a correct one-time password. */
  readonly otpSessions: Set<string>
  onRequest: ((request: SeenRequest) => void) | undefined
  on: boolean
  /** When a reboot ends, ms since the epoch. */
  silentUntil: number
  bootedAt: number
  /** When hashing stopped (paused, shut down or broken), or null. */
  stoppedAt: number | null
  session: WorkMeter
  /** Work of all earlier sessions. */
  earlierUnits: number
  earlierUptimeMs: number
  bestEver: number
}

/** An open WebSocket: `live` ones are on `/api/ws/live`, the others on the log. A silent one stays open and receives nothing. */
export interface LogClient {
  readonly live: boolean
  readonly ws: WebSocket
  silent: boolean
}

/** Creates the state of a miner that is running. */
export function createState(
  index: number,
  fleetSeed: number,
  profile: Profile,
  identity: { mac: string; ip: string; hostname: string }
): MinerState {
  const now = Date.now()
  return {
    index,
    seed: hash(fleetSeed, index),
    profile,
    ...identity,
    stored: structuredClone(profile.info),
    hidden: {},
    secrets: new Map(),
    overrides: new Map(),
    faults: new Map(),
    sockets: new Set(),
    tasks: createTaskQueue(),
    traffic: createTraffic(),
    writes: [],
    logClients: new Set(),
    logIndex: 0,
    identifyUntil: 0,
    otpFailures: [],
    otpSessions: new Set(),
    onRequest: undefined,
    on: true,
    silentUntil: 0,
    bootedAt: now,
    stoppedAt: null,
    session: { units: 0, at: now, perMs: 0 },
    earlierUnits: 0,
    earlierUptimeMs: 0,
    bestEver: 0
  }
}

/** The miner's clock, ms; it stands still during the `freeze` fault. */
export function timeOf(state: MinerState): number {
  return state.faults.get('freeze')?.since ?? Date.now()
}

/** Whether the miner refuses connections now: it is off, it is booting, or a fault makes it. */
export function isUnreachable(state: MinerState): boolean {
  if (!state.on || Date.now() < state.silentUntil || state.faults.has('refuse')) return true
  const flap = state.faults.get('flap')
  return flap !== undefined && Math.floor((Date.now() - flap.since) / Math.max(1, Number(flap.params['ms']))) % 2 === 1
}
