import { Attached } from '../../src/attached.ts'
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

/** Devices whose samples are put together at once, and those whose samples are written at once: in a few milliseconds. */
const CHUNK = 1000
const WRITTEN_AT_ONCE = 100

/** A device, and its samples: a text for each family. */
interface Scraped {
  device: ScrapedDevice
  samples: readonly string[]
}

/**
 * Writes the families of single devices: `up` and `info` of each device, the rest of those that are online. Piece by
 * piece, so that its caller can let others have their turn.
 */
export function* renderDevices(devices: readonly ScrapedDevice[], format: Format): Generator<string> {
  const chunks: Scraped[][] = []
  for (let at = 0; at < devices.length; at += WRITTEN_AT_ONCE) {
    if (at % CHUNK === 0) chunks.push([])
    for (const device of devices.slice(at, at + WRITTEN_AT_ONCE))
      chunks.at(-1)?.push({ device, samples: samplesOf(device) })
    yield ''
  }

  yield* inChunks(
    UP,
    format,
    chunks,
    ({ device }) => `${UP.name}{${device.suffix}${device.state === 'online' ? 1 : 0}\n`
  )
  yield* inChunks(INFO, format, chunks, ({ device }) => `${INFO.name}${device.info} 1\n`)
  for (const [i, family] of DEVICE_FAMILIES.entries())
    yield* inChunks(family, format, chunks, ({ samples }) => samples[i] ?? '')
}

function* inChunks(family: FamilyHead, format: Format, chunks: Scraped[][], write: (scraped: Scraped) => string) {
  let opening = head(family, format)
  for (const chunk of chunks) {
    let text = ''
    for (const scraped of chunk) text += write(scraped)
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

// Kept with the reading, because a scraper that asks more often than miners are polled asks for most of it again.
const written = new Attached<Reading, Written>('samples')

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
