import { Attached } from '../../src/attached.ts'
import type { DeviceSnapshot } from '../../schemas/device.ts'
import type { Identity, Reading } from '../../schemas/telemetry.ts'
import { poolName } from './pool-name.ts'

const LONGEST_VALUE = 256
const UNSAFE = /["\\\p{Cc}]/gu
const ESCAPES: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\n': '\\n' }

/**
 * Makes any text safe as the value of a label: escapes quotes, backslashes and newlines, replaces other control
 * characters and halves of surrogate pairs by U+FFFD, and cuts what is longer than 256 UTF-16 units.
 */
export function escapeLabel(value: string): string {
  const whole = value.slice(0, LONGEST_VALUE).toWellFormed()
  return whole.replace(UNSAFE, (character) => ESCAPES[character] ?? '\uFFFD')
}

/** Writes a label set, `{a="1",b="2"}`. A value that is null becomes the empty label, which Prometheus takes for none. */
export function labelSet(labels: Partial<Record<string, string | number | null>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(String(value ?? ''))}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

/** A device as it is at the start of a scrape, with the texts that its samples need. */
export interface ScrapedDevice {
  state: DeviceSnapshot['state']
  /** Its reading, if it is online: every other device has left the samples and the totals. */
  live: Reading | null
  lastPollAt: number | null
  /** What closes the labels of each of its samples: `mac="…"} ` */
  suffix: string
  /** The labels of its `_info`. */
  info: string
}

type Texts = Pick<ScrapedDevice, 'suffix' | 'info'> & { ip: string; identity: Identity | null }

// Written anew only when one of the labels changes: that is seldom.
const written = new Attached<DeviceSnapshot, Texts>('labels')

/** Takes down the fleet for one scrape. */
export function readFleet(devices: readonly DeviceSnapshot[]): ScrapedDevice[] {
  return devices.map((device) => {
    const { state, lastPollAt, reading } = device
    const { suffix, info } = textsOf(device)
    return { state, live: state === 'online' ? reading : null, lastPollAt, suffix, info }
  })
}

function textsOf(device: DeviceSnapshot): Texts {
  const known = written.get(device)
  const { mac, ip, reading } = device
  const identity = reading?.identity ?? null
  if (known?.ip === ip && sameNames(known.identity, identity)) return known
  const { hostname = null, model = null, asicModel = null, version = null, pool = null } = identity ?? {}
  const info = labelSet({ mac, hostname, ip, model, asic: asicModel, version, pool: pool && poolName(pool) })
  const texts = { suffix: `mac="${escapeLabel(mac)}"} `, info, ip, identity }
  written.set(device, texts)
  return texts
}

function sameNames(a: Identity | null, b: Identity | null): boolean {
  if (a === null || b === null) return a === b
  return (
    a.hostname === b.hostname &&
    a.model === b.model &&
    a.asicModel === b.asicModel &&
    a.version === b.version &&
    a.pool === b.pool
  )
}
