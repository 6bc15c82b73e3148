import { Attached } from '../../src/attached.ts'
import { toOptionLists } from './option-lists.ts'
import type { DeviceSnapshot } from '../../src/snapshot.ts'
import type { Device, Imprint } from '../../schemas/device.ts'
import type { AsicOptions, Identity, Reading } from '../../schemas/telemetry.ts'

/** A device as it was shown last, and of when its reading was. */
interface Shown {
  device: Device
  lastPollAt: number | null
}

const NOTHING_KNOWN = Object.freeze({})

/**
 * Joins what was imprinted with what the hub knows of the device now. As long as nothing of that changes it is the same
 * object, so that what was made of it holds as well; nobody may change it.
 */
export function createView(
  snapshotOf: (mac: string) => DeviceSnapshot | undefined,
  optionsFromTable: (identity: Identity) => AsicOptions,
  dashboardUrlOf: (mac: string) => string | undefined
) {
  const infos = new Attached<Reading, { options: AsicOptions; info: object }>('info')
  const shown = new Attached<Imprint, Shown>('shown')

  /** The miner's own answer with the values that its frequency and voltage may take, joined once for each answer. */
  function infoOf({ reading, asicOptions }: DeviceSnapshot): object {
    if (!reading) return NOTHING_KNOWN
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
    if (!snapshot) return { ...open(imprint, dashboardUrl), info: {}, tracing: false, state: 'idle' }
    const info = infoOf(snapshot)
    const before = shown.get(imprint)
    if (before && isCurrent(before, snapshot, info, dashboardUrl)) return before.device
    const device = show(open(imprint, dashboardUrl), snapshot, info)
    shown.set(imprint, { device, lastPollAt: snapshot.lastPollAt })
    return device
  }
}

/** What was imprinted, without what is the service's own business. */
function open({ ipSetAt: _ip, presetApplied: _preset, ...imprint }: Imprint, publicDashboardUrl: string | undefined) {
  return publicDashboardUrl === undefined ? imprint : { ...imprint, publicDashboardUrl }
}

function show(imprint: ReturnType<typeof open>, snapshot: DeviceSnapshot, info: object): Device {
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

function isCurrent({ device, lastPollAt }: Shown, now: DeviceSnapshot, info: object, dashboardUrl?: string): boolean {
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
