import type { Test } from 'tap'
import { optionsFromTable } from '../../../../plugins/axeos/reading/asic-options.ts'
import { planSettings } from '../../../../plugins/axeos/settings/plan.ts'
import { toReading } from '../../../../plugins/axeos/reading/telemetry.ts'
import type { AsicOptions, Identity } from '../../../../schemas/telemetry.ts'
import { fixture, rawDevice, startAxeos } from '../helper.ts'

export type Info = Record<string, unknown>

/** A miner of each dialect, by the name of its capture. */
export const LENIENT = 'bitaxe-gamma-601-v2.10.1'
export const STRICT = 'bitaxe-gamma-601-v2.12.2'
export const POOLS = 'bitaxe-gamma-601-v2.15.3'
export const NERDQAXE = 'nerdqaxe-plusplus-V1.0.37.2-LTS'
export const OLD_NERDQAXE = 'nerdqaxe-plusplus-v1.0.30-partial'

interface Given {
  /** Changes of the capture. */
  info?: Info
  options?: Partial<AsicOptions>
  allowOverclock?: boolean
}

/** Plans these settings for the miner of a capture. */
export function planOn(capture: string, wanted: Info, { info = {}, options = {}, allowOverclock = false }: Given = {}) {
  const reading = toReading({ ...fixture(`info/${capture}.json`), ...info })
  return planSettings(reading, { ...optionsFromTable(reading.identity), ...options }, wanted, { allowOverclock })
}

/** The planned body. */
export function bodyOn(capture: string, wanted: Info, given?: Given) {
  return planOn(capture, wanted, given).body
}

/** Asserts that a value is refused with 400 and this message. */
export function refuses(t: Test, capture: string, wanted: Info, message: RegExp, given?: Given) {
  t.throws(
    () => planOn(capture, wanted, given),
    { code: 'SETTING_NOT_ALLOWED', statusCode: 400, message },
    JSON.stringify(wanted)
  )
}

/** The identity of the miner of a capture. */
export const identityOf = (capture: string, changes: Partial<Identity> = {}): Identity => ({
  ...toReading(fixture(`info/${capture}.json`)).identity,
  ...changes
})

/** A device that records every byte, and an adapter that is connected to it. */
export async function watch(t: Test, onData: Parameters<typeof rawDevice>[1]) {
  const texts: string[] = []
  const device = await rawDevice(t, (socket, request, text) => {
    texts.push(text)
    onData(socket, request, text)
  })
  const { axeos } = await startAxeos(t)
  return { device, texts, axeos, address: axeos.parseAddress(device.text) }
}
