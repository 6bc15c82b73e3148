import type { DeviceState } from '../../schemas/device.ts'
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
  const { states, hashrateHps, powerWatts, measured, versions, pools } = addUp(devices)
  return [
    renderFamily(DEVICES, byLabel('state', new Map(Object.entries({ ...states, idle }))), format),
    renderFamily(HASHRATE, total(hashrateHps), format),
    renderFamily(POWER, total(powerWatts), format),
    renderFamily(EFFICIENCY, total(efficiency(measured.powerWatts, measured.hashrateHps)), format),
    renderFamily(FIRMWARE, byLabel('version', versions), format),
    renderFamily(POOLS, byLabel('pool', pools, poolName), format)
  ].join('')
}

const total = (value: number | null): Sample[] => [{ labels: '', value }]

/** Goes through the fleet once. */
function addUp(devices: readonly ScrapedDevice[]) {
  const states: Record<DeviceState, number> = {
    idle: 0,
    connecting: 0,
    online: 0,
    offline: 0,
    mismatch: 0,
    restarting: 0
  }
  const sums = { hashrateHps: 0, powerWatts: 0 }
  /** Of the devices that tell both: a board without a power sensor would make the others look better. */
  const measured = { hashrateHps: 0, powerWatts: 0 }
  const versions = new Map<string, number>()
  const pools = new Map<string, number>()
  for (const { state, live } of devices) {
    states[state]++
    if (live === null) continue
    const { hashrateHps, powerWatts } = live.telemetry
    if (isPresent(hashrateHps)) sums.hashrateHps += hashrateHps
    if (isPresent(powerWatts)) sums.powerWatts += powerWatts
    if (isPresent(hashrateHps) && isPresent(powerWatts)) {
      measured.hashrateHps += hashrateHps
      measured.powerWatts += powerWatts
    }
    count(versions, live.identity.version)
    count(pools, live.identity.pool)
  }
  return { states, ...sums, measured, versions, pools }
}

function count(counts: Map<string, number>, value: string | null): void {
  if (value) counts.set(value, (counts.get(value) ?? 0) + 1)
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
