import { bestOf } from './best-diff.ts'
import { numberOf } from '../json.ts'
import { steps, swing, unit } from '../random.ts'
import { timeOf, type MinerState } from './state.ts'

/** Measurements of a miner at one moment: hashrates in GH/s, power in W, temperatures in °C. */
export interface Vitals {
  at: number
  uptimeSeconds: number
  hashRate: number
  expected: number
  /** Average hashrate over a window in ms; it stays constant while hashing is stopped (AXEOS.md 2.1). */
  average(windowMs: number): number
  power: number
  /** Power relative to the capture. */
  load: number
  temp: number
  fanPercent: number
  accepted: number
  rejected: number
  bestSession: number
  bestEver: number
  sessionUnits: number
  noise(channel: number, periodMs?: number): number
}

const unitsPerGigahashMs = 1e9 / 2 ** 32 / 1000

/** Configured frequency times the number of cores, GH/s. */
export function expectedOf({ stored, profile }: MinerState): number {
  return (numberOf(stored['frequency'], 0) * profile.smallCores * profile.asicCount) / 1000
}

/** Whether the miner is hashing. */
export function isHashing(state: MinerState): boolean {
  return state.stoppedAt === null && !state.faults.has('zeroHashrate')
}

/** Work done in this session so far, in shares of difficulty 1. */
export function unitsAt({ session }: MinerState, at: number): number {
  return session.units + Math.max(0, at - session.at) * session.perMs
}

/** Starts a new segment of the work meter at the present hashrate. Must be called before and after each change of it. */
export function startNewRate(state: MinerState): void {
  const at = timeOf(state)
  state.session = {
    units: unitsAt(state, at),
    at,
    perMs: isHashing(state) ? expectedOf(state) * unitsPerGigahashMs : 0
  }
}

/** Computes the measurements now, or at another time of this session (ms since the epoch). */
export function vitalsOf(state: MinerState, at = timeOf(state)): Vitals {
  const { seed, profile } = state
  const hashing = isHashing(state)
  const expected = expectedOf(state)
  const noise = (channel: number, periodMs = 5000): number => steps(seed + channel, at, periodMs)
  const stoppedAt = state.stoppedAt ?? state.faults.get('zeroHashrate')?.since ?? at
  const load = loadOf(state, hashing) * (1 + 0.01 * noise(1))
  const fanPercent = fanOf(state, load, noise(2))
  const units = unitsAt(state, at)
  const shares = Math.floor(units / poolDifficultyOf(state))
  const rejected = Math.floor(shares * rejectRatioOf(state))
  const bestSession = bestOf(units, seed + state.bootedAt)
  return {
    at,
    noise,
    expected,
    load,
    fanPercent,
    uptimeSeconds: Math.max(0, Math.floor((at - state.bootedAt) / 1000)),
    hashRate: hashing ? expected * (1 + 0.02 * swing(seed, at, 90_000) + 0.02 * noise(0)) : 0,
    average: (windowMs) => expected * (1 + (0.01 * swing(seed + 3, stoppedAt, windowMs)) / Math.log10(windowMs)),
    power: numberOf(profile.info['power'], 15) * load,
    temp: tempOf(state, load, fanPercent) + 0.5 * noise(4) + swing(seed, at, 600_000),
    accepted: shares - rejected,
    rejected,
    bestSession,
    bestEver: Math.max(state.bestEver, bestSession),
    sessionUnits: units
  }
}

/** Share difficulty of the pool; old firmware does not report it. */
function poolDifficultyOf({ profile }: MinerState): number {
  return numberOf(profile.info['poolDifficulty'] ?? profile.info['stratumDiff'], 1024)
}

function rejectRatioOf({ profile }: MinerState): number {
  const rejected = numberOf(profile.info['sharesRejected'], 0)
  return rejected / Math.max(1, rejected + numberOf(profile.info['sharesAccepted'], 0))
}

function loadOf({ stored, profile }: MinerState, hashing: boolean): number {
  if (!hashing) return 0.2
  const frequency = numberOf(stored['frequency'], 0) / numberOf(profile.info['frequency'], 500)
  const voltage = numberOf(stored['coreVoltage'], 0) / numberOf(profile.info['coreVoltage'], 1200)
  return 0.2 + 0.8 * frequency * voltage ** 2
}

function fanOf({ stored, profile }: MinerState, load: number, noise: number): number {
  const automatic = numberOf(stored['autofanspeed'], 1) > 0
  const captured = numberOf(profile.info['fanspeed'], 50)
  if (!automatic) return Math.min(100, numberOf(stored['manualFanSpeed'] ?? stored['fanspeed'], captured))
  const lowest = numberOf(stored['minFanSpeed'], 15)
  return Math.min(100, Math.max(lowest, captured * (0.4 + 0.6 * load) + noise))
}

function tempOf({ seed, profile }: MinerState, load: number, fanPercent: number): number {
  const captured = numberOf(profile.info['temp'], 55)
  const cooling = (numberOf(profile.info['fanspeed'], 50) + 20) / (fanPercent + 20)
  return 25 + (captured - 25) * load * Math.sqrt(cooling) + 4 * (unit(seed, 5) - 0.5)
}
