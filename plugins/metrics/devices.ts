import { renderFamily, isPresent, withHead, type FamilyHead, type Format } from './exposition.ts'
import { DEVICE_FAMILIES, type DeviceFamily } from './families.ts'
import type { ScrapedDevice } from './labels.ts'

const UP: FamilyHead = { name: 'pluto_device_up', type: 'gauge', help: '1 when the miner answers its polls.' }
const INFO: FamilyHead = {
  name: 'pluto_device_info',
  type: 'gauge',
  help: 'What the miner is and works for; always 1.'
}

/**
 * Writes the families of single devices, one text per family: `up` and `info` of each device, the rest of those that
 * are online. A generator, so that its caller can let others have their turn between two families.
 */
export function* renderDevices(devices: readonly ScrapedDevice[], format: Format): Generator<string> {
  yield withHead(UP, devices.map(upSample).join(''), format)
  yield renderFamily(
    INFO,
    devices.map(({ info }) => ({ labels: info, value: 1 })),
    format
  )
  for (const family of DEVICE_FAMILIES) yield withHead(family, renderSamples(family, devices), format)
}

function upSample({ state, suffix }: ScrapedDevice): string {
  return `${UP.name}{${suffix}${state === 'online' ? 1 : 0}\n`
}

function renderSamples(family: DeviceFamily, devices: readonly ScrapedDevice[]): string {
  let text = ''
  const opening = `${family.name}{`
  for (const { live, lastPollAt, suffix } of devices) {
    if (live === null) continue
    family.samples(live.telemetry, lastPollAt, (labels, value) => {
      if (isPresent(value)) text += `${opening}${labels}${suffix}${value}\n`
    })
  }
  return text
}
