import { sumFleet } from '../../src/fleet-totals.ts'
import { METRIC_NAMES as names } from '../../src/metric-names.ts'
import type { DeviceState } from '../../schemas/device.ts'
import type { Reading } from '../../schemas/telemetry.ts'
import { renderFamily, type FamilyHead, type Format, type Sample } from './exposition.ts'
import { labelSet, poolName, type ScrapedDevice } from './labels.ts'

const gauge = (name: string, help: string): FamilyHead => ({ name, type: 'gauge', help })

const DEVICES = gauge(names.devices, 'Imprinted devices by state.')
const HASHRATE = gauge(names.fleetHashrate, 'Total hashrate of the online devices.')
const POWER = gauge(names.fleetPower, 'Total input power of the online devices.')
const EFFICIENCY = gauge(names.fleetEfficiency, 'Energy per terahash of the online devices.')
const FIRMWARE = gauge('pluto_firmware_devices', 'Online devices by firmware version.')
const POOLS = gauge('pluto_pool_devices', 'Online devices by pool in use.')

/**
 * Renders the totals of the fleet. Except for the number of devices by state, they are those of the online devices.
 * @param idle number of imprinted devices that are not monitored, which `devices` does not contain
 */
export function renderFleet(devices: readonly ScrapedDevice[], idle: number, format: Format): string {
  const online = devices.flatMap(({ live }) => live ?? [])
  const totals = sumFleet(online.map(({ telemetry }) => telemetry))
  const versions = countBy(online, ({ identity }) => identity.version)
  const pools = countBy(online, ({ identity }) => identity.pool)
  return [
    renderFamily(DEVICES, byLabel('state', new Map(Object.entries({ ...countStates(devices), idle }))), format),
    renderFamily(HASHRATE, total(totals.hashrateHps), format),
    renderFamily(POWER, total(totals.powerWatts), format),
    renderFamily(EFFICIENCY, total(totals.efficiencyJoulesPerTerahash), format),
    renderFamily(FIRMWARE, byLabel('version', versions), format),
    renderFamily(POOLS, byLabel('pool', pools, poolName), format)
  ].join('')
}

const total = (value: number | null): Sample[] => [{ labels: '', value }]

function countStates(devices: readonly ScrapedDevice[]): Record<DeviceState, number> {
  const states = { idle: 0, connecting: 0, online: 0, offline: 0, mismatch: 0, conflict: 0, restarting: 0 }
  for (const { state } of devices) states[state]++
  return states
}

function countBy(readings: readonly Reading[], read: (reading: Reading) => string | null): Map<string, number> {
  const counts = new Map<string, number>()
  for (const reading of readings) {
    const value = read(reading)
    if (value) counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return counts
}

/** Different texts of devices may be equal once they are escaped. Those share a sample. */
function byLabel(label: string, counts: Map<string, number>, nameOf = (text: string) => text): Sample[] {
  const samples = new Map<string, number>()
  for (const [text, number] of counts) {
    const labels = labelSet({ [label]: nameOf(text) })
    samples.set(labels, (samples.get(labels) ?? 0) + number)
  }
  return [...samples].map(([labels, value]) => ({ labels, value }))
}
