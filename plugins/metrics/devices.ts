import { Attached } from '../../src/attached.ts'
import type { Reading } from '../../schemas/telemetry.ts'
import { renderHead, isPresent, type FamilyHead, type Format } from './exposition.ts'
import { DEVICE_FAMILIES } from './families.ts'
import type { ScrapedDevice } from './labels.ts'

const UP: FamilyHead = { name: 'pluto_device_up', type: 'gauge', help: '1 when the miner answers polls.' }
const INFO: FamilyHead = {
  name: 'pluto_device_info',
  type: 'gauge',
  help: 'Identity and pool of the miner; always 1.'
}

/** Devices whose samples form one piece of the response. */
const CHUNK = 1000
/** Devices whose samples are rendered in one go, which takes a few milliseconds. */
const SLICE = 100

/** A device and its rendered samples, one text per family. */
interface DeviceSamples {
  device: ScrapedDevice
  samples: readonly string[]
}

/**
 * Renders the families of single devices: `up` and `info` of all devices, the others of the online ones. It yields often, so
 * that the caller can let the event loop run in between.
 */
export function* renderDevices(devices: readonly ScrapedDevice[], format: Format): Generator<string> {
  const chunks: DeviceSamples[][] = []
  for (let at = 0; at < devices.length; at += SLICE) {
    if (at % CHUNK === 0) chunks.push([])
    for (const device of devices.slice(at, at + SLICE)) chunks.at(-1)?.push({ device, samples: samplesOf(device) })
    yield ''
  }

  yield* renderInChunks(UP, format, chunks, ({ device }) => `${UP.name}{${device.suffix}${device.live ? 1 : 0}\n`)
  yield* renderInChunks(INFO, format, chunks, ({ device }) => `${INFO.name}${device.info} 1\n`)
  for (const [i, family] of DEVICE_FAMILIES.entries())
    yield* renderInChunks(family, format, chunks, ({ samples }) => samples[i] ?? '')
}

function* renderInChunks(
  family: FamilyHead,
  format: Format,
  chunks: DeviceSamples[][],
  render: (one: DeviceSamples) => string
) {
  let opening = renderHead(family, format)
  for (const chunk of chunks) {
    let text = ''
    for (const one of chunk) text += render(one)
    if (text === '') continue
    yield opening + text
    opening = ''
  }
}

interface CachedSamples {
  lastPollAt: number | null
  suffix: string
  samples: readonly string[]
}

const NO_SAMPLES: readonly string[] = []
const BETWEEN_FAMILIES = '\0'

// Cached with the reading: most readings have not changed when scrapes are more frequent than polls.
const cache = new Attached<Reading, CachedSamples>('samples')

/** Returns the samples of a device, one text per family. */
function samplesOf({ live, lastPollAt, suffix }: ScrapedDevice): readonly string[] {
  if (live === null) return NO_SAMPLES
  const known = cache.get(live)
  if (known?.lastPollAt === lastPollAt && known.suffix === suffix) return known.samples
  const samples = renderSamples(live, lastPollAt, suffix)
  cache.set(live, { lastPollAt, suffix, samples })
  return samples
}

/** Renders all families as one text and splits it, which is faster than to build a short text for each family. */
function renderSamples({ telemetry }: Reading, lastPollAt: number | null, suffix: string): string[] {
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
