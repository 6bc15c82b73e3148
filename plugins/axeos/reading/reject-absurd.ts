import type { Identity, Telemetry } from '../../../schemas/telemetry.ts'
import { BOUNDS, FAN_BOUNDS, type Bounds, type Quantity } from './bounds.ts'
import type { Info } from './fields.ts'
import { HASHRATES, maxHashrate } from './max-hashrate.ts'

/** A field of telemetry that was rejected, as in the label of `pluto_readings_rejected_total`. */
export type RejectedField = Quantity | 'fanRpm' | 'fanRatio'

type Reject = (field: RejectedField) => void
type Fan = Telemetry['fans'][number]

const FIELDS = Object.keys(BOUNDS) as Quantity[]

/**
 * Replaces readings that no board can have by null, among them a hashrate beyond what the ASICs of this board can do. Values
 * that are not finite, and NaN for those of a wrong type, are such readings too.
 * @param reject called with each field that was replaced
 */
export function rejectAbsurd(telemetry: Telemetry, identity: Identity, info: Info, reject: Reject): void {
  if (!isSane(telemetry)) rejectFields(telemetry, reject)
  const { hashrateHps: now, hashrate1mHps: m, hashrate10mHps: m10, hashrate1hHps: h, hashrate1dHps: d } = telemetry
  const highest = Math.max(now ?? 0, m ?? 0, m10 ?? 0, h ?? 0, d ?? 0, telemetry.expectedHashrateHps ?? 0)
  const limit = maxHashrate(info, identity, telemetry)
  if (highest > limit) rejectHashrates(telemetry, limit, reject)
  for (const fan of telemetry.fans) rejectFan(fan, reject)
}

function rejectHashrates(telemetry: Telemetry, limit: number, reject: Reject): void {
  for (const field of HASHRATES) {
    if ((telemetry[field] ?? 0) <= limit) continue
    telemetry[field] = null
    reject(field)
  }
}

const fits = (value: number | null, bounds: Bounds) => value === null || (value >= bounds[0] && value <= bounds[1])

/** Written out, because nearly all readings are sane and a loop over the names of the fields costs five times as much. */
function isSane(t: Telemetry): boolean {
  return (
    fits(t.powerWatts, BOUNDS.powerWatts) &&
    fits(t.inputVolts, BOUNDS.inputVolts) &&
    fits(t.inputAmperes, BOUNDS.inputAmperes) &&
    fits(t.coreAmperes, BOUNDS.coreAmperes) &&
    fits(t.coreSetVolts, BOUNDS.coreSetVolts) &&
    fits(t.coreMeasuredVolts, BOUNDS.coreMeasuredVolts) &&
    fits(t.frequencySetHertz, BOUNDS.frequencySetHertz) &&
    fits(t.frequencyActualHertz, BOUNDS.frequencyActualHertz) &&
    fits(t.asicCelsius, BOUNDS.asicCelsius) &&
    fits(t.asic2Celsius, BOUNDS.asic2Celsius) &&
    fits(t.vrCelsius, BOUNDS.vrCelsius) &&
    fits(t.hashrateHps, BOUNDS.hashrateHps) &&
    fits(t.hashrate1mHps, BOUNDS.hashrate1mHps) &&
    fits(t.hashrate10mHps, BOUNDS.hashrate10mHps) &&
    fits(t.hashrate1hHps, BOUNDS.hashrate1hHps) &&
    fits(t.hashrate1dHps, BOUNDS.hashrate1dHps) &&
    fits(t.expectedHashrateHps, BOUNDS.expectedHashrateHps) &&
    fits(t.errorRatio, BOUNDS.errorRatio) &&
    fits(t.sharesAccepted, BOUNDS.sharesAccepted) &&
    fits(t.sharesRejected, BOUNDS.sharesRejected) &&
    fits(t.bestDifficulty, BOUNDS.bestDifficulty) &&
    fits(t.bestSessionDifficulty, BOUNDS.bestSessionDifficulty) &&
    fits(t.poolDifficulty, BOUNDS.poolDifficulty) &&
    fits(t.poolResponseSeconds, BOUNDS.poolResponseSeconds) &&
    fits(t.uptimeSeconds, BOUNDS.uptimeSeconds) &&
    fits(t.heapFreeBytes, BOUNDS.heapFreeBytes) &&
    fits(t.heapFreeInternalBytes, BOUNDS.heapFreeInternalBytes) &&
    fits(t.heapFreeSpiramBytes, BOUNDS.heapFreeSpiramBytes) &&
    fits(t.wifiRssiDbm, BOUNDS.wifiRssiDbm) &&
    fits(t.cpuUsageRatio, BOUNDS.cpuUsageRatio) &&
    fits(t.blocksFound, BOUNDS.blocksFound)
  )
}

function rejectFields(telemetry: Telemetry, reject: Reject): void {
  for (const field of FIELDS) {
    if (fits(telemetry[field], BOUNDS[field])) continue
    telemetry[field] = null
    reject(field)
  }
}

function rejectFan(fan: Fan, reject: Reject): void {
  if (!fits(fan.rpm, FAN_BOUNDS.rpm)) {
    fan.rpm = null
    reject('fanRpm')
  }
  if (!fits(fan.ratio, FAN_BOUNDS.ratio)) {
    fan.ratio = null
    reject('fanRatio')
  }
}
