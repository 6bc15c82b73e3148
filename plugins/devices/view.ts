import { Attached } from '../../src/attached.ts'
import { toOptionLists } from '../../src/option-lists.ts'
import type { DeviceSnapshot } from '../../src/snapshot.ts'
import type { Device, Imprint } from '../../schemas/device.ts'
import type { AsicOptions, Identity, Reading } from '../../schemas/telemetry.ts'

/** Joins what was imprinted with what the hub knows of the device now. */
export function createView(
  snapshotOf: (mac: string) => DeviceSnapshot | undefined,
  optionsFromTable: (identity: Identity) => AsicOptions,
  dashboardUrlOf: (mac: string) => string | undefined
) {
  const infos = new Attached<Reading, { options: AsicOptions; info: object }>('info')

  /** The miner's own answer with the values that its frequency and voltage may take, joined once for each answer. */
  function infoOf({ reading, asicOptions }: DeviceSnapshot): object {
    if (!reading) return {}
    const options = asicOptions ?? optionsFromTable(reading.identity)
    const known = infos.get(reading)
    if (known?.options === options) return known.info
    const info = { ...reading.info, ...toOptionLists(options) }
    infos.set(reading, { options, info })
    return info
  }

  return ({ ipSetAt: _ip, presetApplied: _preset, ...imprint }: Imprint): Device => {
    const device = snapshotOf(imprint.mac)
    const publicDashboardUrl = dashboardUrlOf(imprint.mac)
    const dashboard = publicDashboardUrl === undefined ? {} : { publicDashboardUrl }
    if (!device) return { ...imprint, ...dashboard, info: {}, tracing: false, state: 'idle' }
    return {
      ...imprint,
      ...dashboard,
      ip: device.ip,
      info: infoOf(device),
      tracing: device.answering,
      state: device.state,
      ...(device.error !== null && { error: device.error }),
      ...(device.lastPollAt !== null && { lastSeen: new Date(device.lastPollAt).toISOString() })
    }
  }
}
