import type { Telemetry } from '../schemas/telemetry.ts'

type Value = number | null

/** Energy per terahash in J/TH; null if the hashrate is 0 or one of the two is unknown. */
export function efficiency(powerWatts: Value, hashrateHps: Value): Value {
  return powerWatts === null || hashrateHps === null || hashrateHps <= 0 ? null : powerWatts / (hashrateHps / 1e12)
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
