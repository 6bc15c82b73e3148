import type { DeviceMetric, FleetMetric } from '../../schemas/history.ts'
import type { Telemetry } from '../../schemas/telemetry.ts'

type Value = number | null

/** Joules per terahash; null where nothing is hashed or one of the two is not known. */
export const efficiency = (watts: Value, hps: Value): Value =>
  watts === null || hps === null || hps <= 0 ? null : watts / (hps / 1e12)

/** Where each metric of a device comes from: from a reading, or from Prometheus by a family and its labels. */
export const DEVICE_SOURCES: Record<DeviceMetric, { read(t: Telemetry): Value; family: string; labels?: string }> = {
  hashrateHps: { read: (t) => t.hashrateHps, family: 'hashrate_hashes_per_second', labels: 'window="now"' },
  powerWatts: { read: (t) => t.powerWatts, family: 'power_watts' },
  efficiencyJoulesPerTerahash: {
    read: (t) => efficiency(t.powerWatts, t.hashrateHps),
    family: 'efficiency_joules_per_terahash'
  },
  asicCelsius: { read: (t) => t.asicCelsius, family: 'temperature_celsius', labels: 'sensor="asic"' },
  vrCelsius: { read: (t) => t.vrCelsius, family: 'temperature_celsius', labels: 'sensor="vr"' },
  inputVolts: { read: (t) => t.inputVolts, family: 'input_volts' },
  coreMeasuredVolts: { read: (t) => t.coreMeasuredVolts, family: 'core_volts', labels: 'kind="measured"' },
  frequencyHertz: { read: (t) => t.frequencySetHertz, family: 'frequency_hertz', labels: 'kind="set"' },
  fanRpm: { read: (t) => t.fans[0]?.rpm ?? null, family: 'fan_speed_rpm', labels: 'fan="1"' },
  errorRatio: { read: (t) => t.errorRatio, family: 'error_ratio' },
  poolResponseSeconds: { read: (t) => t.poolResponseSeconds, family: 'pool_response_seconds' },
  heapFreeBytes: { read: (t) => t.heapFreeBytes, family: 'heap_free_bytes', labels: 'region="total"' },
  wifiRssiDbm: { read: (t) => t.wifiRssiDbm, family: 'wifi_rssi_dbm' }
}

/** The PromQL of a device's metric, averaged over `range`. Prometheus may scrape more than one backend: either will do. */
export function deviceQuery(mac: string, metric: DeviceMetric, range: string): string {
  const { family, labels } = DEVICE_SOURCES[metric]
  const selector = [`mac="${mac}"`, ...(labels ? [labels] : [])].join(',')
  return `avg(avg_over_time(pluto_device_${family}{${selector}}[${range}]))`
}

/** The PromQL of a metric of the fleet, averaged over `range`. */
export const FLEET_QUERIES: Record<FleetMetric, (range: string) => string> = {
  hashrateHps: (range) => `sum(avg_over_time(pluto_fleet_hashrate_hashes_per_second[${range}]))`,
  powerWatts: (range) => `sum(avg_over_time(pluto_fleet_power_watts[${range}]))`,
  efficiencyJoulesPerTerahash: (range) => `avg(avg_over_time(pluto_fleet_efficiency_joules_per_terahash[${range}]))`,
  devicesOnline: (range) => `sum(avg_over_time(pluto_devices{state="online"}[${range}]))`
}
