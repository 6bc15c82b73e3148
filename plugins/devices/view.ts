import { Attached } from '../../src/attached.ts'
import { toOptionLists } from './option-lists.ts'
import type { Device, DeviceSnapshot, Imprint } from '../../schemas/device.ts'
import type { AsicOptions, Identity, Reading } from '../../schemas/telemetry.ts'

/** The last view of a device, and when its reading was taken. */
interface CachedView {
  device: Device
  lastPollAt: number | null
}

const NO_INFO = Object.freeze({})

/**
 * Creates the function that joins an imprint with the hub's current state of the device. It returns the same object until
 * something changes, so values derived from the object can be cached with it. Callers must not modify it.
 */
export function createView(
  snapshotOf: (mac: string) => DeviceSnapshot | undefined,
  optionsFromTable: (identity: Identity) => AsicOptions,
  dashboardUrlOf: (mac: string) => string | undefined
) {
  const infos = new Attached<Reading, { options: AsicOptions; info: object }>('info')
  const views = new Attached<Imprint, CachedView>('view')

  /** The miner's own answer with its lists of frequencies and voltages, joined once per reading. */
  function infoOf({ reading, asicOptions }: DeviceSnapshot): object {
    if (!reading) return NO_INFO
    const options = asicOptions ?? optionsFromTable(reading.identity)
    const known = infos.get(reading)
    if (known?.options === options) return known.info
    const info = { ...reading.info, ...toOptionLists(options) }
    infos.set(reading, { options, info })
    return info
  }

  return (imprint: Imprint): Readonly<Device> => {
    const snapshot = snapshotOf(imprint.mac)
    const dashboardUrl = dashboardUrlOf(imprint.mac)
    if (!snapshot) return { ...publicPart(imprint, dashboardUrl), info: {}, tracing: false, state: 'idle' }
    const info = infoOf(snapshot)
    const before = views.get(imprint)
    if (before && isCurrent(before, snapshot, info, dashboardUrl)) return before.device
    const device = toDevice(publicPart(imprint, dashboardUrl), snapshot, info)
    views.set(imprint, { device, lastPollAt: snapshot.lastPollAt })
    return device
  }
}

/** The imprint without the fields that are internal to the service. */
function publicPart(
  { ipSetAt: _ip, presetApplied: _preset, ...imprint }: Imprint,
  publicDashboardUrl: string | undefined
) {
  return publicDashboardUrl === undefined ? imprint : { ...imprint, publicDashboardUrl }
}

function toDevice(imprint: ReturnType<typeof publicPart>, snapshot: DeviceSnapshot, info: object): Device {
  const { ip, answering, state, error, lastPollAt } = snapshot
  return {
    ...imprint,
    ip,
    info,
    tracing: answering,
    state,
    ...(error !== null && { error }),
    ...(lastPollAt !== null && { lastSeen: new Date(lastPollAt).toISOString() })
  }
}

function isCurrent(
  { device, lastPollAt }: CachedView,
  now: DeviceSnapshot,
  info: object,
  dashboardUrl?: string
): boolean {
  return (
    device.info === info &&
    lastPollAt === now.lastPollAt &&
    device.ip === now.ip &&
    device.tracing === now.answering &&
    device.state === now.state &&
    device.error === (now.error ?? undefined) &&
    device.publicDashboardUrl === dashboardUrl
  )
}
