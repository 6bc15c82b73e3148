import type { Telemetry } from '../schemas/telemetry.ts'

type Value = number | null

/** The slowest ASIC at its lowest clock hashes 30 times faster. Below it a quotient says nothing. */
const MIN_HASHRATE_HPS = 1e9

/** Energy per terahash in J/TH; null if the miner does not hash (less than 1 GH/s) or one of the two is unknown. */
export function efficiency(powerWatts: Value, hashrateHps: Value): Value {
  if (powerWatts === null || hashrateHps === null || hashrateHps < MIN_HASHRATE_HPS) return null
  return powerWatts / (hashrateHps / 1e12)
}

/** Totals of the online devices. A device without a value adds nothing to that total. */
export interface FleetTotals {
  devicesOnline: number
  hashrateHps: number
  powerWatts: number
  /** Of the devices that report both: a board without a power sensor would make the fleet look better than it is. */
  efficiencyJoulesPerTerahash: Value
}

/** Adds up the telemetry of the online devices. Values that are not finite count as missing. */
export function sumFleet(online: Iterable<Telemetry>): FleetTotals {
  const totals = { devicesOnline: 0, hashrateHps: 0, powerWatts: 0 }
  const measured = { hashrateHps: 0, powerWatts: 0 }
  for (const { hashrateHps, powerWatts } of online) {
    totals.devicesOnline++
    const [hps, watts] = [finite(hashrateHps), finite(powerWatts)]
    totals.hashrateHps += hps ?? 0
    totals.powerWatts += watts ?? 0
    if (hps === null || watts === null) continue
    measured.hashrateHps += hps
    measured.powerWatts += watts
  }
  return { ...totals, efficiencyJoulesPerTerahash: efficiency(measured.powerWatts, measured.hashrateHps) }
}

const finite = (value: Value): Value => (Number.isFinite(value) ? value : null)
