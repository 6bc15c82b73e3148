import { head, isPresent, type FamilyHead, type Format } from './exposition.ts'
import { DEVICE_FAMILIES, type DeviceFamily } from './families.ts'
import type { ScrapedDevice } from './labels.ts'

const UP: FamilyHead = { name: 'pluto_device_up', type: 'gauge', help: '1 when the miner answers its polls.' }
const INFO: FamilyHead = {
  name: 'pluto_device_info',
  type: 'gauge',
  help: 'What the miner is and works for; always 1.'
}

/** Devices whose samples of one family are written at once, in a few milliseconds at most. */
const CHUNK = 1000

type Devices = readonly ScrapedDevice[]

/**
 * Writes the families of single devices: `up` and `info` of each device, the rest of those that are online. Piece by
 * piece, so that its caller can let others have their turn.
 */
export function* renderDevices(devices: Devices, format: Format): Generator<string> {
  const chunks: Devices[] = []
  for (let at = 0; at < devices.length; at += CHUNK) chunks.push(devices.slice(at, at + CHUNK))

  yield* inChunks(UP, format, chunks, ({ state, suffix }) => `${UP.name}{${suffix}${state === 'online' ? 1 : 0}\n`)
  yield* inChunks(INFO, format, chunks, ({ info }) => `${INFO.name}${info} 1\n`)
  for (const family of DEVICE_FAMILIES) yield* inChunks(family, format, chunks, sampler(family))
}

function* inChunks(family: FamilyHead, format: Format, chunks: Devices[], write: (device: ScrapedDevice) => string) {
  let opening = head(family, format)
  for (const chunk of chunks) {
    let text = ''
    for (const device of chunk) text += write(device)
    if (text === '') continue
    yield opening + text
    opening = ''
  }
}

function sampler(family: DeviceFamily): (device: ScrapedDevice) => string {
  let text = ''
  let closing = ''
  const emit = (opening: string, value: number | null) => {
    if (isPresent(value)) text += `${opening}${closing}${value}\n`
  }
  return ({ live, lastPollAt, suffix }) => {
    if (live === null) return ''
    text = ''
    closing = suffix
    family.samples(live.telemetry, lastPollAt, emit)
    return text
  }
}
