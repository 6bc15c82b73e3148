import type { DeviceMetric, FleetMetric } from '../../schemas/history.ts'
import type { Telemetry } from '../../schemas/telemetry.ts'
import { efficiency } from '../../src/fleet-totals.ts'
import { METRIC_NAMES as names } from '../../src/metric-names.ts'

interface DeviceSource {
  /** Reads the metric from telemetry, for the embedded history. */
  read(t: Telemetry): number | null
  /** Selects it in Prometheus. */
  family: string
  labels?: string
}

/** Where each metric of a device comes from. */
export const DEVICE_SOURCES: Record<DeviceMetric, DeviceSource> = {
  hashrateHps: { read: (t) => t.hashrateHps, family: names.hashrate, labels: 'window="now"' },
  powerWatts: { read: (t) => t.powerWatts, family: names.power },
  efficiencyJoulesPerTerahash: { read: (t) => efficiency(t.powerWatts, t.hashrateHps), family: names.efficiency },
  asicCelsius: { read: (t) => t.asicCelsius, family: names.temperature, labels: 'sensor="asic"' },
  vrCelsius: { read: (t) => t.vrCelsius, family: names.temperature, labels: 'sensor="vr"' },
  inputVolts: { read: (t) => t.inputVolts, family: names.inputVolts },
  coreMeasuredVolts: { read: (t) => t.coreMeasuredVolts, family: names.coreVolts, labels: 'kind="measured"' },
  frequencyHertz: { read: (t) => t.frequencySetHertz, family: names.frequency, labels: 'kind="set"' },
  fanRpm: { read: (t) => t.fans[0]?.rpm ?? null, family: names.fanSpeed, labels: 'fan="1"' },
  errorRatio: { read: (t) => t.errorRatio, family: names.errorRatio },
  poolResponseSeconds: { read: (t) => t.poolResponseSeconds, family: names.poolResponse },
  heapFreeBytes: { read: (t) => t.heapFreeBytes, family: names.heapFree, labels: 'region="total"' },
  wifiRssiDbm: { read: (t) => t.wifiRssiDbm, family: names.wifiRssi }
}

/**
 * The PromQL of a device's metric, averaged over `range`. The outer `avg` merges the series of several backends that
 * Prometheus may scrape.
 */
export function deviceQuery(mac: string, metric: DeviceMetric, range: string): string {
  const { family, labels } = DEVICE_SOURCES[metric]
  const selector = [`mac="${mac}"`, ...(labels ? [labels] : [])].join(',')
  return `avg(avg_over_time(${family}{${selector}}[${range}]))`
}

/** The PromQL of a metric of the fleet, averaged over `range`. */
export const FLEET_QUERIES: Record<FleetMetric, (range: string) => string> = {
  hashrateHps: (range) => `sum(avg_over_time(${names.fleetHashrate}[${range}]))`,
  powerWatts: (range) => `sum(avg_over_time(${names.fleetPower}[${range}]))`,
  efficiencyJoulesPerTerahash: (range) => `avg(avg_over_time(${names.fleetEfficiency}[${range}]))`,
  devicesOnline: (range) => `sum(avg_over_time(${names.devices}{state="online"}[${range}]))`
}
