import type { DeviceState } from '../../schemas/device.ts'
import type { Telemetry } from '../../schemas/telemetry.ts'
import { isPresent, renderFamily, type FamilyHead, type Format, type Sample } from './exposition.ts'
import { efficiency } from './families.ts'
import { labelSet, type ScrapedDevice } from './labels.ts'
import { poolName } from './pool-name.ts'

const gauge = (name: string, help: string): FamilyHead => ({ name: `pluto_${name}`, type: 'gauge', help })

const DEVICES = gauge('devices', 'Imprinted devices by state.')
const HASHRATE = gauge('fleet_hashrate_hashes_per_second', 'Hashrate of all online devices.')
const POWER = gauge('fleet_power_watts', 'Input power of all online devices.')
const EFFICIENCY = gauge('fleet_efficiency_joules_per_terahash', 'Energy per terahash of the online devices.')
const FIRMWARE = gauge('firmware_devices', 'Online devices by firmware version.')
const POOLS = gauge('pool_devices', 'Online devices by the pool that they work for.')

/**
 * Writes the totals of the fleet, of the online devices alone.
 * @param idle number of imprinted devices that are not monitored, and so not in `devices`
 */
export function renderFleet(devices: readonly ScrapedDevice[], idle: number, format: Format): string {
  const readings = devices.flatMap(({ live }) => live ?? [])
  const telemetry = readings.map((reading) => reading.telemetry)
  const versions = count(readings.map(({ identity }) => identity.version))
  const pools = count(readings.map(({ identity }) => identity.pool))
  return [
    renderFamily(DEVICES, countStates(devices, idle), format),
    renderFamily(HASHRATE, total(sum(telemetry, 'hashrateHps')), format),
    renderFamily(POWER, total(sum(telemetry, 'powerWatts')), format),
    renderFamily(EFFICIENCY, total(fleetEfficiency(telemetry)), format),
    renderFamily(FIRMWARE, byLabel('version', versions), format),
    renderFamily(POOLS, byLabel('pool', pools, poolName), format)
  ].join('')
}

const total = (value: number | null): Sample[] => [{ labels: '', value }]

function sum(telemetry: Telemetry[], field: 'hashrateHps' | 'powerWatts'): number {
  return telemetry.reduce((partial, one) => partial + (isPresent(one[field]) ? one[field] : 0), 0)
}

/** Of the devices that report both numbers: a board without a power sensor would make the others look better. */
function fleetEfficiency(telemetry: Telemetry[]): number | null {
  const both = telemetry.filter((one) => isPresent(one.powerWatts) && isPresent(one.hashrateHps))
  return efficiency(sum(both, 'powerWatts'), sum(both, 'hashrateHps'))
}

function countStates(devices: readonly ScrapedDevice[], idle: number): Sample[] {
  const counts: Record<DeviceState, number> = { idle, connecting: 0, online: 0, offline: 0, mismatch: 0, restarting: 0 }
  for (const { state } of devices) counts[state]++
  return Object.entries(counts).map(([state, value]) => ({ labels: labelSet({ state }), value }))
}

function count(values: (string | null)[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) if (value) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

/** Texts that devices name may read alike once they are a label: those are one sample. */
function byLabel(label: string, counts: Map<string, number>, nameOf = (text: string) => text): Sample[] {
  const samples = new Map<string, number>()
  for (const [text, number] of counts) {
    const labels = labelSet({ [label]: nameOf(text) })
    samples.set(labels, (samples.get(labels) ?? 0) + number)
  }
  return [...samples].map(([labels, value]) => ({ labels, value }))
}
