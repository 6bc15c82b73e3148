import type { Socket } from 'node:net'
import type { FaultName } from '../faults.ts'
import type { WebSocket } from 'ws'
import { createTasks, type Tasks } from './task-queue.ts'
import { createTraffic, type Traffic } from '../fleet/traffic.ts'
import type { Profile } from './profiles.ts'
import { hash } from '../random.ts'
import type { Fields, Json, SeenRequest, Write } from '../types.ts'

/** Work done since the start, in shares of difficulty 1, as a line: `units` at time `at`, then `perMs` more each ms. */
export interface Meter {
  units: number
  at: number
  perMs: number
}

/** Everything one virtual miner remembers. Values that move are functions of this and the time: there are no timers per miner. */
export interface MinerState {
  readonly index: number
  readonly seed: number
  readonly mac: string
  readonly profile: Profile
  ip: string
  hostname: string
  /** Settings and identity as the info answer shows them, in wire order. */
  readonly stored: Fields
  /** Settings that no info answer shows. */
  readonly hidden: Fields
  readonly secrets: Map<string, string>
  readonly overrides: Map<string, Json | undefined>
  readonly faults: Map<FaultName, { params: Fields; since: number }>
  readonly sockets: Set<Socket>
  readonly tasks: Tasks
  readonly traffic: Traffic
  readonly writes: Write[]
  readonly logClients: Set<LogClient>
  /** Number of the next log line; below 0 it is one of the boot text. */
  logIndex: number
  identifyUntil: number
  /** Wrong one-time passwords, ms since the epoch, and the sessions given out for right ones. */
  otpFailures: number[]
  readonly otpSessions: Set<string>
  onRequest: ((request: SeenRequest) => void) | undefined
  on: boolean
  /** When a reboot ends, ms since the epoch. */
  silentUntil: number
  bootedAt: number
  /** When hashing stopped (paused, shut down or broken), or null. */
  stoppedAt: number | null
  session: Meter
  /** Work of all sessions before this one. */
  earlierUnits: number
  earlierUptimeMs: number
  bestEver: number
}

/** An open WebSocket; `live` ones get `/api/ws/live`, the others the log. A silent one stays open and gets nothing. */
export interface LogClient {
  readonly live: boolean
  readonly ws: WebSocket
  silent: boolean
}

/** A new miner that is up and has been for a while. */
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
    tasks: createTasks(),
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

/** The miner's own time, ms: stands still while it is frozen. */
export function timeOf(state: MinerState): number {
  return state.faults.get('freeze')?.since ?? Date.now()
}

/** Whether connections to the miner are refused now: it is off, boots, or a fault says so. */
export function isUnreachable(state: MinerState): boolean {
  if (!state.on || Date.now() < state.silentUntil || state.faults.has('refuse')) return true
  const flap = state.faults.get('flap')
  return flap !== undefined && Math.floor((Date.now() - flap.since) / Math.max(1, Number(flap.params['ms']))) % 2 === 1
}
