import { formatDiff, parseDiff } from './best-diff.ts'
import { isFields, numberOf, type Fields, type Json } from '../json.ts'
import type { MinerState } from './state.ts'
import { isHashing, vitalsOf, type Vitals } from './vitals.ts'

type Field = (v: Vitals, state: MinerState, captured: Json) => Json

const eighth = (value: number): number => Math.round(value * 8) / 8
const diffLike = (value: number, captured: Json): Json =>
  typeof captured === 'string' ? formatDiff(value, captured) : Math.floor(value)
const scaled =
  (channel: number, spread: number): Field =>
  (v, _state, captured) =>
    numberOf(captured, 0) * (1 + spread * v.noise(channel))
const whole =
  (channel: number, spread: number): Field =>
  (v, state, captured) =>
    Math.round(Number(scaled(channel, spread)(v, state, captured)))
const rpm: Field = (v, { profile }, captured) =>
  Math.round((numberOf(captured, 0) * v.fanPercent) / numberOf(profile.info['fanspeed'], 100))

/** Fields whose values change over time; all others show the stored value. Names and units: AXEOS.md 2. */
const fields: Record<string, Field> = {
  power: (v, state) => float(v.power, state),
  voltage: (v, state, captured) => float(numberOf(captured, 5000) * (1 + 0.002 * v.noise(10)), state),
  current: (v, state, captured) => float(numberOf(captured, 0) * v.load, state),
  currentA: (v, state, captured) => float(numberOf(captured, 0) * v.load, state),
  temp: (v) => eighth(v.temp),
  vrTemp: (v, _state, captured) => (captured === 0 ? 0 : Math.round(numberOf(captured, 60) + (v.temp - 55) / 4)),
  vrTempInt: (v, _state, captured) => eighth(numberOf(captured, 60) + (v.temp - 55) / 4),
  hashRate: (v, state) => float(v.hashRate, state),
  hashRate_1m: (v, state) => float(v.average(60_000), state),
  hashRate_10m: (v, state) => float(v.average(600_000), state),
  hashRate_1h: (v, state) => float(v.average(3_600_000), state),
  hashRate_1d: (v, state) => float(v.average(86_400_000), state),
  hashRateTimestamp: (v, state) => Math.round(v.at - state.bootedAt),
  expectedHashrate: (v, state) =>
    !isHashing(state) && state.profile.firmware.since('2.14.0', null) ? 0 : Math.round(v.expected),
  actualFrequency: (_v, state) => (isHashing(state) ? numberOf(state.stored['frequency'], 0) : 50),
  errorPercentage: (v, state) => float(0.6 + 0.5 * v.noise(11), state),
  coreVoltageActual: (v, { stored }) => Math.round(numberOf(stored['coreVoltage'], 0) * 0.99 + 3 * v.noise(12)),
  fanSpeed: rpm,
  fanSpeedRpm: rpm,
  fanrpm: rpm,
  fan2rpm: rpm,
  fanrpm2: rpm,
  fanspeed: fanspeed,
  fanspeed2: fanspeed,
  sharesAccepted: (v) => v.accepted,
  sharesRejected: (v) => v.rejected,
  sharesRejectedReasons: (v, _state, captured) => reasons(v.rejected, captured),
  workReceived: (v) => Math.floor(v.uptimeSeconds / 30) + 1,
  bestDiff: (v, _state, captured) => diffLike(v.bestEver, captured),
  bestSessionDiff: (v, _state, captured) => diffLike(v.bestSession, captured),
  responseTime: scaled(13, 0.2),
  lastpingrtt: scaled(13, 0.2),
  processTime: scaled(14, 0.2),
  cpuUsage: scaled(15, 0.3),
  freeHeap: whole(16, 0.002),
  freeHeapInternal: whole(16, 0.02),
  freeHeapInt: whole(16, 0.02),
  freeHeapSpiram: whole(16, 0.002),
  wifiRSSI: (v, _state, captured) => numberOf(captured, -60) + Math.round(3 * v.noise(17)),
  uptimeSeconds: (v) => v.uptimeSeconds,
  totalUptimeSeconds: (v, state) => v.uptimeSeconds + Math.floor(state.earlierUptimeMs / 1000),
  totalHashes: (v, state) => (v.sessionUnits + state.earlierUnits) * 2 ** 32,
  totalLog2Work: (v, state) => Math.log2(Math.max(1, v.sessionUnits + state.earlierUnits) * 2 ** 32),
  blockHeight: (v, _state, captured) => numberOf(captured, 0) + Math.floor((v.at % 86_400_000) / 600_000),
  hashrateMonitor: monitor,
  stratum: nerdStratum,
  fans: nerdFans
}

/** What the faults of these names send when they name no fields of their own. */
const wrongFields: Record<'wrongTypes' | 'absurd', Fields> = {
  wrongTypes: {
    hashRate: 'NaN',
    power: null,
    temp: 'hot',
    sharesAccepted: [],
    bestDiff: {},
    hostname: 42,
    uptimeSeconds: '1e999'
  },
  absurd: {
    power: -1e308,
    voltage: 1e9,
    current: 1e12,
    coreVoltageActual: -5e6,
    temp: 1e6,
    vrTemp: -273,
    hashRate: 1e300,
    hashRate_1h: -1e12,
    expectedHashrate: 1e300,
    frequency: 1e12,
    fanrpm: 1e12,
    sharesAccepted: 1e15,
    sharesRejected: -5,
    bestDiff: '999999999999T',
    poolDifficulty: -1,
    uptimeSeconds: -1,
    freeHeap: -1e9,
    wifiRSSI: 1e9
  }
}

/** The whole info answer in wire order. Overrides and the faults `spike`, `absurd` and `wrongTypes` are applied last. */
export function infoOf(state: MinerState, at?: number): Fields {
  const vitals = vitalsOf(state, at)
  const { info: captured } = state.profile
  const answer: Fields = {}
  for (const [key, stored] of Object.entries(state.stored)) {
    answer[key] = fields[key]?.(vitals, state, captured[key] ?? null) ?? stored
  }
  return withWrongFields(withSpike(withOverrides(answer, state), state), state)
}

function withOverrides(answer: Fields, { overrides }: MinerState): Fields {
  for (const [key, value] of overrides) {
    if (value === undefined) Reflect.deleteProperty(answer, key)
    else answer[key] = value
  }
  return answer
}

/** A hashrate beyond what the ASICs can do, as firmware reports it after an ASIC reset (AXEOS.md 2.1). */
function withSpike(answer: Fields, { faults }: MinerState): Fields {
  const spike = faults.get('spike')
  const hashRate = answer['hashRate']
  if (!spike || typeof hashRate !== 'number') return answer
  return { ...answer, hashRate: hashRate * Number(spike.params['factor']) }
}

function withWrongFields(answer: Fields, { faults }: MinerState): Fields {
  for (const [name, standard] of Object.entries(wrongFields)) {
    const params = faults.get(name as keyof typeof wrongFields)?.params
    if (!params) continue
    const given = params['fields']
    Object.assign(answer, isFields(given) && Object.keys(given).length ? given : standard)
  }
  return answer
}

/** Rounds a float as this firmware prints it: 7 decimals since v2.12.0, single precision before, 3 decimals on NerdQAxe (AXEOS.md 2). */
function float(value: number, { profile: { firmware } }: MinerState): number {
  if (firmware.nerd) return Math.round(value * 1000) / 1000
  return firmware.since('2.12.0', null) ? Math.round(value * 1e7) / 1e7 : Math.fround(value)
}

function fanspeed(v: Vitals, state: MinerState): Json {
  const { firmware } = state.profile
  // v2.0.2 to v2.1.8 show the configured value (AXEOS.md 2.1).
  if (!firmware.since('2.1.9', '0')) return numberOf(state.stored['fanspeed'], 100)
  return firmware.since('2.11.0', null) ? float(v.fanPercent, state) : Math.round(v.fanPercent)
}

function reasons(rejected: number, captured: Json): Json {
  const first = Array.isArray(captured) && isFields(captured[0]) ? captured[0]['message'] : 'Job not found'
  return rejected ? [{ message: first ?? '', count: rejected }] : []
}

function monitor(v: Vitals, state: MinerState): Json {
  const { asicCount } = state.profile
  const total = float(v.hashRate / asicCount, state)
  const domains = [0, 1, 2, 3].map((domain) => float((total / 4) * (1 + 0.08 * v.noise(20 + domain)), state))
  const asics = Array.from({ length: asicCount }, () => ({
    total,
    domains,
    errorCount: Math.floor(v.uptimeSeconds * 1.4)
  }))
  return { asics }
}

function nerdStratum(v: Vitals, state: MinerState): Json {
  const { stored, hidden } = state
  const pool = {
    connected: true,
    poolDifficulty: stored['poolDifficulty'] ?? 0,
    networkDifficulty: stored['networkDifficulty'] ?? 0,
    poolDiffErr: false
  }
  const shares = {
    accepted: v.accepted,
    rejected: v.rejected,
    pingRtt: 16,
    pingLoss: 0,
    bestDiff: Math.floor(v.bestSession)
  }
  const mode = {
    poolMode: hidden['poolMode'] ?? 0,
    activePoolMode: hidden['poolMode'] ?? 0,
    poolBalance: hidden['poolBalance'] ?? 50
  }
  return { ...mode, totalBestDiff: Math.floor(v.bestEver), usingFallback: false, pools: [{ ...pool, ...shares }] }
}

function nerdFans(v: Vitals, state: MinerState): Json {
  const fans = state.stored['fans']
  if (!Array.isArray(fans)) return []
  return fans.map((fan) =>
    isFields(fan) ? { ...fan, rpm: rpm(v, state, fan['rpm'] ?? 0), speedPerc: Math.round(v.fanPercent) } : fan
  )
}

/** The best difficulty of the capture, as a number. */
export function capturedBest(state: MinerState): number {
  return parseDiff(state.profile.info['bestDiff'])
}
