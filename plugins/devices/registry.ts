import type { FastifyInstance } from 'fastify'
import { PresetUnknownError } from '../../src/errors/presets.ts'
import { DeviceNotDiscoveredError, DeviceNotFoundError } from '../../src/errors/requests.ts'
import { formatMacs } from '../../src/mac.ts'
import { parseAddress } from '../../src/network.ts'
import type { Device, Discovered, Imprint } from '../../schemas/device.ts'
import type { StoredReading } from '../../schemas/telemetry.ts'
import { createStoreSync } from './store-sync.ts'
import { createView } from './view.ts'

const MACS_PER_QUERY = 100

/** The part of a device that its user may edit. */
type DeviceEdit = Partial<Pick<Device, 'ip' | 'type' | 'presetUuid'>>

/**
 * Creates the registry of imprinted devices: which are imprinted, what their user chose, and how clients see them. To imprint a
 * device is to register it. All MACs are canonical.
 */
export function createRegistry({ axeos, bus, config, db, deviceHub, discovery }: FastifyInstance) {
  let dashboardUrlOf: (mac: string) => string | undefined = () => undefined
  const view = createView(
    (mac) => deviceHub.get(mac),
    axeos.optionsFromTable,
    (mac) => dashboardUrlOf(mac)
  )

  function get(mac: string): Readonly<Device> | undefined {
    const imprint = db.imprinted.get(mac)
    return imprint && view(imprint)
  }

  /** @throws {DeviceNotFoundError} */
  function require(mac: string): Readonly<Device> {
    const device = get(mac)
    if (!device) throw new DeviceNotFoundError(mac)
    return device
  }

  /** Returns the devices that pass the filter, newest first. */
  function list(isWanted: (device: Device) => boolean = () => true): Readonly<Device>[] {
    const imprints = db.imprinted.list().sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
    return imprints.map(view).filter(isWanted)
  }

  /**
   * Registers devices that discovery knows. Devices that are already registered keep what their user chose.
   * @returns the devices among `macs` that are imprinted now
   * @throws {DeviceNotDiscoveredError} none of them is imprinted now
   */
  async function imprint(macs: string[]): Promise<Readonly<Device>[]> {
    const wanted = [...new Set(macs)]
    const rows = await findDiscovered(wanted.filter((mac) => !db.imprinted.has(mac)))
    // Clients rely on `info`, so what discovery knows of it must survive a crash before the first poll is stored.
    await db.commit(() =>
      rows
        .filter((row) => !db.imprinted.has(row.mac))
        .flatMap((row) => [db.imprinted.put(row.mac, toImprint(row)), db.putTelemetry(row.mac, toStoredReading(row))])
    )
    for (const row of rows) claim(row)
    if (config.AUTO_LISTEN) deviceHub.watch(rows.map((row) => row.mac))
    const devices = wanted.map(get).filter((device) => device !== undefined)
    if (devices.length === 0) throw new DeviceNotDiscoveredError(formatMacs(wanted))
    return devices
  }

  /** Reads discovered devices from the store, after asking an external discovery service for those that are missing. */
  async function findDiscovered(macs: string[]): Promise<Discovered[]> {
    const missing = config.DISCOVERY_SERVICE_HOST ? macs.filter((mac) => !db.discovered.has(mac)) : []
    for (let i = 0; i < missing.length; i += MACS_PER_QUERY) {
      const part = missing.slice(i, i + MACS_PER_QUERY)
      await discovery.discovered({ macs: part.join(','), partialMacs: 'none' })
    }
    return macs.map((mac) => db.discovered.get(mac)).filter((row) => row !== undefined)
  }

  function claim({ mac, ip, info, lastSeen }: Discovered): void {
    const address = parseAddress(ip)
    const known = { reading: axeos.toReading(info), asicOptions: null, lastPollAt: Date.parse(lastSeen) }
    if (!address || !db.imprinted.has(mac)) return
    deviceHub.claim(mac, address, known)
    bus.emit('device.imprinted', { mac })
  }

  /**
   * Applies a user's edits. An `ip` that repeats the shown or stored address is not an edit, because the device may have moved
   * since the client read it.
   * @throws {DeviceNotFoundError} @throws {AddressNotAllowedError} @throws {PresetUnknownError}
   */
  async function edit(mac: string, { ip, ...edits }: DeviceEdit): Promise<Readonly<Device>> {
    const before = require(mac)
    const isNew = ip !== undefined && ![before.ip, db.imprinted.get(mac)?.ip].includes(parseAddress(ip)?.text)
    const address = isNew ? axeos.parseAddress(ip) : null
    await db.commit(() => {
      const current = db.imprinted.get(mac)
      if (!current) throw new DeviceNotFoundError(mac)
      if (edits.presetUuid && !db.presets.has(edits.presetUuid)) throw new PresetUnknownError(edits.presetUuid)
      const updatedAt = new Date().toISOString()
      const moved = address && { ip: address.text, ipSetAt: updatedAt }
      return [db.imprinted.put(mac, { ...current, ...edits, ...moved, updatedAt })]
    })
    if (address) deviceHub.readdress(mac, address)
    return require(mac)
  }

  /** Removes a device for good. When the promise resolves, it is no longer polled. @throws {DeviceNotFoundError} */
  async function remove(mac: string): Promise<Device> {
    const device = require(mac)
    await db.commit(() => [db.imprinted.del(mac)])
    await deviceHub.release(mac)
    return { ...device, tracing: false, state: 'idle' }
  }

  /** Sets where to look up the public dashboard URL of a device. */
  function linkDashboards(urlOf: (mac: string) => string | undefined): void {
    dashboardUrlOf = urlOf
  }

  return {
    get,
    require,
    list,
    imprint,
    edit,
    remove,
    linkDashboards,
    syncWithStore: createStoreSync({ bus, config, db, deviceHub })
  }
}

function toImprint({ mac, ip, type }: Discovered): Imprint {
  const now = new Date().toISOString()
  return { mac, ip, ipSetAt: now, type, presetUuid: null, createdAt: now, updatedAt: now }
}

const toStoredReading = ({ ip, info, lastSeen }: Discovered): StoredReading => ({
  ip,
  at: lastSeen,
  info,
  options: null
})
