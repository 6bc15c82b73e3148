import type { Telemetry } from '../../schemas/telemetry.ts'
import { efficiency } from '../../src/fleet-totals.ts'

type Value = number | null | undefined

const scaled = (value: Value, by: number): Value => (typeof value === 'number' ? value / by : value)

/** The families of a device that older dashboards read, by the suffix that follows the host name. */
export const LEGACY_FAMILIES: Readonly<Record<string, (telemetry: Telemetry) => Value>> = {
  power_watts: (t) => t.powerWatts,
  voltage_volts: (t) => t.inputVolts,
  // Boards with a TPS546 regulator report only the current of the core.
  current_amps: (t) => t.inputAmperes ?? t.coreAmperes,
  fanspeed_rpm: (t) => t.fans[0]?.rpm,
  temperature_celsius: (t) => t.asicCelsius,
  hashrate_ghs: (t) => scaled(t.hashrateHps, 1e9),
  shares_accepted: (t) => t.sharesAccepted,
  shares_rejected: (t) => t.sharesRejected,
  uptime_seconds: (t) => t.uptimeSeconds,
  free_heap_bytes: (t) => t.heapFreeBytes,
  core_voltage_volts: (t) => t.coreSetVolts,
  core_voltage_actual_volts: (t) => t.coreMeasuredVolts,
  frequency_mhz: (t) => scaled(t.frequencySetHertz, 1e6),
  efficiency: (t) => efficiency(t.powerWatts, t.hashrateHps)
}
