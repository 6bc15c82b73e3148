import type { Telemetry } from '../../../schemas/telemetry.ts'

/** A numeric field of telemetry. */
export type Quantity = {
  [Field in keyof Telemetry]: Telemetry[Field] extends number | null ? Field : never
}[keyof Telemetry]
export type Bounds = readonly [min: number, max: number]

/** Hashes per second beyond any board: 12 of the largest ASICs (BM1373, 2.7 TH/s) reach a third of it. */
const MAX_HASHRATE: Bounds = [0, 100e12]
/** ASICs take about 1.2 V; boards with ASICs in series may report their sum. */
const CORE_VOLTS: Bounds = [0, 20]
const CELSIUS: Bounds = [-50, 200]
const SHARES: Bounds = [0, 1e11]
/** The most that an ESP32-S3 addresses. */
const HEAP_BYTES: Bounds = [0, 64 * 2 ** 20]
/** A block takes about 1e14; E is the largest unit that firmware prints. */
const DIFFICULTY: Bounds = [0, 1e20]

/**
 * What no board exceeds: about three times the largest one. That is NerdEKO with 12 ASICs, 350 W and 12 V for power, the
 * six-chip boards (Hex) for core current, the rated range of the part for sensors (AXEOS.md 2.1, 4.2, 4.3).
 */
export const BOUNDS: Readonly<Record<Quantity, Bounds>> = {
  powerWatts: [0, 1000],
  inputVolts: [0, 60],
  inputAmperes: [0, 100],
  coreAmperes: [0, 500],
  coreSetVolts: CORE_VOLTS,
  coreMeasuredVolts: CORE_VOLTS,
  frequencySetHertz: [0, 3e9],
  frequencyActualHertz: [0, 3e9],
  asicCelsius: CELSIUS,
  asic2Celsius: CELSIUS,
  vrCelsius: CELSIUS,
  hashrateHps: MAX_HASHRATE,
  hashrate1mHps: MAX_HASHRATE,
  hashrate10mHps: MAX_HASHRATE,
  hashrate1hHps: MAX_HASHRATE,
  hashrate1dHps: MAX_HASHRATE,
  expectedHashrateHps: MAX_HASHRATE,
  errorRatio: [0, 2],
  sharesAccepted: SHARES,
  sharesRejected: SHARES,
  bestDifficulty: DIFFICULTY,
  bestSessionDifficulty: DIFFICULTY,
  poolDifficulty: DIFFICULTY,
  poolResponseSeconds: [0, 60],
  uptimeSeconds: [0, 100 * 365 * 86_400],
  heapFreeBytes: HEAP_BYTES,
  heapFreeInternalBytes: HEAP_BYTES,
  heapFreeSpiramBytes: HEAP_BYTES,
  wifiRssiDbm: [-130, 30],
  cpuUsageRatio: [0, 2],
  blocksFound: [0, 1e6]
}
export const FAN_BOUNDS = { rpm: [0, 50_000], ratio: [0, 2] } satisfies Record<keyof Telemetry['fans'][number], Bounds>

/** Whether a value is present and within the bounds of its field. NaN is not. */
export function isWithin(value: number | null, [min, max]: Bounds): value is number {
  return value !== null && value >= min && value <= max
}
