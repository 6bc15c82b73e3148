import type { DeviceSnapshot } from '../../src/snapshot.ts'
import { renderHead, isPresent, type Format } from './exposition.ts'
import { LEGACY_FAMILIES } from './legacy-families.ts'
import { renderLegacyFleet } from './legacy-fleet.ts'
import { resolvePrefixes, type NamedDevice } from './legacy-names.ts'

const FAMILIES = Object.entries(LEGACY_FAMILIES)
const SUFFIXES = FAMILIES.map(([suffix]) => suffix)

/** Devices that are rendered in one go. */
const SLICE = 100

/**
 * Creates the renderer of the metrics that older dashboards read: one family per value and device, named after the host
 * name, and totals of the fleet. Only online devices have values, but names depend on all monitored devices, so that they do
 * not change when a device goes offline for a moment.
 */
export function createLegacyMetrics() {
  let named: NamedDevice[] = []
  let prefixes = new Map<string, string>()

  function prefixesOf(devices: readonly DeviceSnapshot[]): Map<string, string> {
    const now = devices.map(({ mac, reading }) => ({ mac, hostname: reading?.identity.hostname ?? null }))
    if (!sameNames(named, now)) prefixes = resolvePrefixes(now, SUFFIXES)
    named = now
    return prefixes
  }

  return {
    /** @param idle number of imprinted devices that are not monitored, which `devices` does not contain */
    *render(devices: readonly DeviceSnapshot[], idle: number, format: Format): Generator<string> {
      const readings = devices.flatMap(({ state, reading }) => (state === 'online' && reading ? reading : []))
      yield renderLegacyFleet(readings, devices.length + idle, format)
      const names = prefixesOf(devices)
      for (let at = 0; at < devices.length; at += SLICE) {
        const texts = devices
          .slice(at, at + SLICE)
          .map((device) => renderDevice(device, names.get(device.mac) ?? '', format))
        yield texts.join('')
      }
    }
  }
}

function renderDevice({ state, reading }: DeviceSnapshot, prefix: string, format: Format): string {
  if (state !== 'online' || reading === null) return ''
  let text = ''
  for (const [suffix, read] of FAMILIES) {
    const value = read(reading.telemetry)
    const name = `${prefix}_${suffix}`
    if (isPresent(value))
      text += `${renderHead({ name, type: 'gauge', help: 'See docs/METRICS.md.' }, format)}${name} ${value}\n`
  }
  return text
}

function sameNames(before: readonly NamedDevice[], now: readonly NamedDevice[]): boolean {
  return (
    before.length === now.length &&
    before.every(({ mac, hostname }, i) => now[i]?.mac === mac && now[i].hostname === hostname)
  )
}
