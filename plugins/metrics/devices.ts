import type { Reading } from '../../schemas/telemetry.ts'
import { head, isPresent, type FamilyHead, type Format } from './exposition.ts'
import { DEVICE_FAMILIES } from './families.ts'
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
  for (const [i, family] of DEVICE_FAMILIES.entries())
    yield* inChunks(family, format, chunks, (device) => samplesOf(device)[i] ?? '')
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

interface Written {
  lastPollAt: number | null
  suffix: string
  samples: readonly string[]
}

const NONE: readonly string[] = []
const BETWEEN_FAMILIES = '\0'

// Kept with the reading, because a scraper that asks more often than miners are polled asks for most of it again, and a
// device is asked for once for each family: 1,000 devices, a fifth of them new, take 6.7 ms instead of 11.4 ms.
const written = new WeakMap<Reading, Written>()

/** The samples of a device, a text for each family. */
function samplesOf({ live, lastPollAt, suffix }: ScrapedDevice): readonly string[] {
  if (live === null) return NONE
  const known = written.get(live)
  if (known?.lastPollAt === lastPollAt && known.suffix === suffix) return known.samples
  const samples = writeSamples(live, lastPollAt, suffix)
  written.set(live, { lastPollAt, suffix, samples })
  return samples
}

/** All families in one text that is then cut: a short text for each of them would be put together a hundred thousand times. */
function writeSamples({ telemetry }: Reading, lastPollAt: number | null, suffix: string): string[] {
  let text = ''
  const emit = (opening: string, value: number | null) => {
    if (isPresent(value)) text += `${opening}${suffix}${value}\n`
  }
  for (const { samples } of DEVICE_FAMILIES) {
    samples(telemetry, lastPollAt, emit)
    text += BETWEEN_FAMILIES
  }
  return text.split(BETWEEN_FAMILIES)
}
