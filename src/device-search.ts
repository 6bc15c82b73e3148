import type { Device } from '../schemas/device.ts'

/** A filter for devices: `q` is a part of the IP, of the MAC (with `:`, `-` or nothing between) or of the host name. */
export function matchesDevice(q: string): (device: Device) => boolean {
  const part = q.trim().toLowerCase()
  const digits = part.replaceAll(/[:-]/g, '')
  const isMacPart = /^[0-9a-f]+$/.test(digits)
  return ({ mac, ip, info }) =>
    ip.includes(part) || (isMacPart && mac.replaceAll(':', '').includes(digits)) || hostnameOf(info).includes(part)
}

function hostnameOf(info: unknown): string {
  const { hostname } = info as { hostname?: unknown }
  return typeof hostname === 'string' ? hostname.toLowerCase() : ''
}
