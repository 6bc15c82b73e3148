import type { Device } from '../schemas/device.ts'
import type { ListQuery } from '../schemas/imprint.ts'
import { pageOf } from './page.ts'

/** Filters, sorts and pages a list of devices by a query. @throws {InvalidCursorError} */
export function searchDevices(list: Device[], { q, state, model, fields, ...page }: ListQuery) {
  const matches = q ? matchesDevice(q) : () => true
  const found = list.filter(
    (device) =>
      matches(device) && (!state || device.state === state) && (!model || modelOf(device) === model.toLowerCase())
  )
  const { items, total, nextCursor } = pageOf(found, page, valueOf, (device) => device.mac)
  return { data: fields ? items.map((device) => pick(device, fields.split(','))) : items, total, nextCursor }
}

/** Creates a filter: `q` is part of the IP, of the MAC (with `:`, `-` or no separator) or of the host name. */
export function matchesDevice(q: string): (device: Device) => boolean {
  const part = q.trim().toLowerCase()
  const digits = part.replaceAll(/[:-]/g, '')
  const isMacPart = /^[0-9a-f]+$/.test(digits)
  return (device) =>
    device.ip.includes(part) ||
    (isMacPart && device.mac.replaceAll(':', '').includes(digits)) ||
    textOf(device, 'hostname').includes(part)
}

function valueOf(device: Device, field: string): string | null {
  if (field === 'hostname') return textOf(device, 'hostname')
  if (field === 'model') return modelOf(device)
  if (field === 'ip') return device.ip.replaceAll(/\d+/g, (digits) => digits.padStart(5, '0'))
  const value = device[field as 'createdAt' | 'lastSeen' | 'mac' | 'state']
  return value ?? null
}

/** The family name: the miner's own if it has one, else the `type` from discovery. */
function modelOf(device: Device): string {
  return textOf(device, 'deviceModel') || device.type.toLowerCase()
}

function textOf({ info }: Device, field: 'hostname' | 'deviceModel'): string {
  const value = (info as Record<string, unknown>)[field]
  return typeof value === 'string' ? value.toLowerCase() : ''
}

function pick(device: Device, fields: string[]) {
  return { mac: device.mac, ...Object.fromEntries(Object.entries(device).filter(([field]) => fields.includes(field))) }
}
