import type { Identity, Reading, Telemetry } from '../../schemas/telemetry.ts'
import { efficiency, sumFleet } from '../../src/fleet-totals.ts'
import { isPresent, renderFamily, type Format, type Sample } from './exposition.ts'
import { labelSet, poolName } from './labels.ts'

/**
 * Renders the totals of the fleet that older dashboards read, hashrates in GH/s.
 * @param online readings of the online devices
 * @param devices number of all imprinted devices
 */
export function renderLegacyFleet(online: readonly Reading[], devices: number, format: Format): string {
  const gauge = (name: string, help: string, samples: Sample[]) =>
    renderFamily({ name, help, type: 'gauge' }, samples, format)
  const { hashrateHps, powerWatts } = sumFleet(online.map(({ telemetry }) => telemetry))
  const hashrateGhs = hashrateHps / 1e9
  const average = online.length === 0 ? null : hashrateGhs / online.length
  return [
    gauge('total_hardware', 'Imprinted devices.', plain(devices)),
    gauge('hardware_online', 'Online devices.', plain(online.length)),
    gauge('hardware_offline', 'Devices that are not online.', plain(devices - online.length)),
    gauge('total_hashrate', 'Total hashrate of the online devices, GH/s.', plain(hashrateGhs)),
    gauge('average_hashrate', 'Average hashrate of an online device, GH/s.', plain(average)),
    gauge('total_power_watts', 'Total input power of the online devices.', plain(powerWatts)),
    gauge('total_efficiency', 'Energy per terahash.', plain(efficiency(powerWatts, hashrateHps))),
    gauge(
      'firmware_version_distribution',
      'Online devices by firmware.',
      sumBy('version', online, versionOf, () => 1)
    ),
    gauge(
      'shares_by_pool_accepted',
      'Accepted shares by pool.',
      sumBy('pool', online, poolOf, (t) => t.sharesAccepted)
    ),
    gauge(
      'shares_by_pool_rejected',
      'Rejected shares by pool.',
      sumBy('pool', online, poolOf, (t) => t.sharesRejected)
    )
  ].join('')
}

const plain = (value: number | null): Sample[] => [{ labels: '', value }]
const versionOf = ({ version }: Identity) => version
const poolOf = ({ pool }: Identity) => pool && poolName(pool)

/** Adds up a value by a label. Devices without the label are left out. */
function sumBy(
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
