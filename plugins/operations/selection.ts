import type { FastifyInstance } from 'fastify'
import { matchesDevice } from '../../src/device-search.ts'
import { DeviceNotFoundError, NoDeviceMatchesError } from '../../src/errors/requests.ts'
import { canonicalMac, formatMacs } from '../../src/mac.ts'
import type { Device } from '../../schemas/device.ts'
import type { BulkBody, DeviceFilter } from '../../schemas/operation.ts'

/** The devices that a request selects, sorted by MAC. */
export interface Selection {
  macs: string[]
  /** Requested, but not imprinted. */
  unknownMacs: string[]
}

type Parts = Pick<FastifyInstance, 'deviceHub' | 'devices'>

/**
 * Selects the devices of a request.
 * @throws {DeviceNotFoundError} none of its MACs is imprinted @throws {NoDeviceMatchesError} its filter matches nothing
 */
export function selectDevices({ macs, filter = {} }: Pick<BulkBody, 'macs' | 'filter'>, parts: Parts): Selection {
  return macs ? selectByMac(macs, parts) : { macs: selectByFilter(filter, parts), unknownMacs: [] }
}

function selectByMac(requested: string[], { devices }: Parts): Selection {
  const wanted = [...new Set(requested.map(canonicalMac))].sort()
  const macs = wanted.filter((mac) => devices.get(mac))
  if (macs.length > 0) return { macs, unknownMacs: wanted.filter((mac) => !devices.get(mac)) }
  throw new DeviceNotFoundError(formatMacs(wanted))
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
    equalsIfGiven(filter.model?.toLowerCase(), (identity?.model ?? device.type).toLowerCase()) &&
    equalsIfGiven(filter.asic?.toLowerCase(), identity?.asicModel.toLowerCase()) &&
    equalsIfGiven(filter.version, identity?.version) &&
    equalsIfGiven(filter.preset, device.presetUuid) &&
    equalsIfGiven(filter.state, device.state)
  )
}

const equalsIfGiven = (expected: string | null | undefined, actual: string | null | undefined) =>
  expected === undefined || expected === (actual ?? null)
