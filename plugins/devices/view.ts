import { toOptionLists } from '../../src/option-lists.ts'
import type { DeviceSnapshot } from '../../src/snapshot.ts'
import type { Device, Imprint } from '../../schemas/device.ts'

/** Joins what was imprinted with what the hub knows of the device now. */
export function createView(known: (mac: string) => DeviceSnapshot | undefined) {
  const infos = new WeakMap<object, object>()

  /** The miner's own answer with the values that its frequency and voltage may take, joined once for each answer. */
  function infoOf({ reading, asicOptions }: DeviceSnapshot): object {
    if (!reading) return {}
    if (!asicOptions) return reading.info
    const joined = infos.get(reading) ?? { ...reading.info, ...toOptionLists(asicOptions) }
    infos.set(reading, joined)
    return joined
  }

  return ({ ipSetAt: _ip, presetAppliedAt: _preset, ...imprint }: Imprint): Device => {
    const device = known(imprint.mac)
    if (!device) return { ...imprint, info: {}, tracing: false, state: 'idle' }
    return {
      ...imprint,
      ip: device.ip,
      info: infoOf(device),
      tracing: device.answering,
      state: device.state,
      ...(device.error !== null && { error: device.error }),
      ...(device.lastPollAt !== null && { lastSeen: new Date(device.lastPollAt).toISOString() })
    }
  }
}
