import type { Identity, Reading, Telemetry } from '../../schemas/telemetry.ts'
import { isPresent, renderFamily, type Format, type Sample } from './exposition.ts'
import { efficiency } from './families.ts'
import { labelSet } from './labels.ts'
import { poolName } from './pool-name.ts'

/**
 * Writes the totals of the fleet that older dashboards read, hashrates in GH/s.
 * @param online the readings of the online devices, which alone are added up
 * @param devices number of all imprinted devices
 */
export function renderLegacyFleet(online: readonly Reading[], devices: number, format: Format): string {
  const gauge = (name: string, help: string, samples: Sample[]) =>
    renderFamily({ name, help, type: 'gauge' }, samples, format)
  const hashrateGhs = sum(online, (t) => t.hashrateHps) / 1e9
  const powerWatts = sum(online, (t) => t.powerWatts)
  const average = online.length === 0 ? null : hashrateGhs / online.length
  return [
    gauge('total_hardware', 'Imprinted devices.', plain(devices)),
    gauge('hardware_online', 'Online devices.', plain(online.length)),
    gauge('hardware_offline', 'Devices that are not online.', plain(devices - online.length)),
    gauge('total_hashrate', 'Hashrate of all online devices, GH/s.', plain(hashrateGhs)),
    gauge('average_hashrate', 'Hashrate of an online device on average, GH/s.', plain(average)),
    gauge('total_power_watts', 'Input power of all online devices.', plain(powerWatts)),
    gauge('total_efficiency', 'Energy per terahash.', plain(efficiency(powerWatts, hashrateGhs * 1e9))),
    gauge(
      'firmware_version_distribution',
      'Online devices by firmware.',
      by('version', online, versionOf, () => 1)
    ),
    gauge(
      'shares_by_pool_accepted',
      'Accepted shares by pool.',
      by('pool', online, poolOf, (t) => t.sharesAccepted)
    ),
    gauge(
      'shares_by_pool_rejected',
      'Rejected shares by pool.',
      by('pool', online, poolOf, (t) => t.sharesRejected)
    )
  ].join('')
}

const plain = (value: number | null): Sample[] => [{ labels: '', value }]
const versionOf = ({ version }: Identity) => version
const poolOf = ({ pool }: Identity) => pool && poolName(pool)

function sum(readings: readonly Reading[], read: (telemetry: Telemetry) => number | null): number {
  return readings.reduce((total, { telemetry }) => total + (read(telemetry) ?? 0), 0)
}

/** Adds up by a label what its devices tell; those without the label are left out. */
function by(
  label: string,
  readings: readonly Reading[],
  name: (identity: Identity) => string | null,
  read: (telemetry: Telemetry) => number | null
): Sample[] {
  const samples = new Map<string, number>()
  for (const { identity, telemetry } of readings) {
    const [value, key] = [read(telemetry), name(identity)]
    if (!key || !isPresent(value)) continue
    const labels = labelSet({ [label]: key })
    samples.set(labels, (samples.get(labels) ?? 0) + value)
  }
  return [...samples].map(([labels, value]) => ({ labels, value }))
}
