import type { Device } from '../../../schemas/device.ts'
import type { FaultName } from '../../../src/simulator/faults.ts'

/** Faults that make every poll fail. */
const DEAD: ReadonlySet<FaultName> = new Set([
  ...(['hang', 'reset', 'refuse', 'http500', 'garbage', 'html', 'redirect'] as const),
  ...(['huge', 'endless', 'drip', 'empty', 'array', 'hue'] as const)
])

/** Whether the reported state of a device fits the fault of its miner. With `flap`, any state may be correct. */
export function isExpected(fault: FaultName, device: Device | undefined): boolean {
  if (!device) return false
  if (fault === 'flap') return true
  if (DEAD.has(fault)) return device.state === 'offline' && !device.tracing && Boolean(device.error)
  return device.state === 'online' && Boolean(device.tracing)
}

/** `pluto_device_up` of each device by its MAC. */
export function upOf(metrics: string): Map<string, boolean> {
  const samples = metrics.matchAll(/^pluto_device_up\{[^}]*mac="([^"]+)"[^}]*\} (\d)/gm)
  return new Map([...samples].map(([, mac = '', value]) => [mac, value === '1']))
}
