import type { FastifyInstance } from 'fastify'
import { matchesDevice } from '../../src/device-search.ts'
import { DeviceNotFoundError, NoDeviceMatchesError } from '../../src/errors/requests.ts'
import { canonicalMac } from '../../src/mac.ts'
import type { Device } from '../../schemas/device.ts'
import type { BulkBody, DeviceFilter } from '../../schemas/operation.ts'

const MACS_NAMED_AT_MOST = 10

/** The devices that a request is about, in the order of their MACs. */
export interface Selection {
  macs: string[]
  /** Asked for, but not imprinted. */
  strangers: string[]
}

type Parts = Pick<FastifyInstance, 'deviceHub' | 'devices'>

/**
 * Finds the devices that a request is about.
 * @throws {DeviceNotFoundError} none of its MACs is imprinted @throws {NoDeviceMatchesError} its filter finds nothing
 */
export function select({ macs, filter = {} }: Pick<BulkBody, 'macs' | 'filter'>, parts: Parts): Selection {
  return macs ? selectByMac(macs, parts) : { macs: selectByFilter(filter, parts), strangers: [] }
}

function selectByMac(given: string[], { devices }: Parts): Selection {
  const wanted = [...new Set(given.map(canonicalMac))].sort()
  const macs = wanted.filter((mac) => devices.get(mac))
  if (macs.length > 0) return { macs, strangers: wanted.filter((mac) => !devices.get(mac)) }
  const more = wanted.length - MACS_NAMED_AT_MOST
  const named = wanted.slice(0, MACS_NAMED_AT_MOST).join(', ')
  throw new DeviceNotFoundError(more > 0 ? `${named} (and ${more} more)` : named)
}

function selectByFilter(filter: DeviceFilter, { devices, deviceHub }: Parts): string[] {
  const matchesText = filter.q === undefined ? () => true : matchesDevice(filter.q)
  const found = devices.list((device) => matches(device, filter, deviceHub.get(device.mac)) && matchesText(device))
  if (found.length === 0) throw new NoDeviceMatchesError(JSON.stringify(filter))
  return found.map((device) => device.mac).sort()
}

function matches(device: Device, filter: DeviceFilter, known: ReturnType<Parts['deviceHub']['get']>): boolean {
  const identity = known?.reading?.identity
  return (
    isOrAbsent(filter.model?.toLowerCase(), (identity?.model ?? device.type).toLowerCase()) &&
    isOrAbsent(filter.asic?.toLowerCase(), identity?.asicModel.toLowerCase()) &&
    isOrAbsent(filter.version, identity?.version) &&
    isOrAbsent(filter.preset, device.presetUuid) &&
    isOrAbsent(filter.state, device.state)
  )
}

const isOrAbsent = (wanted: string | null | undefined, actual: string | null | undefined) =>
  wanted === undefined || wanted === (actual ?? null)
