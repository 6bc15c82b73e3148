import { Attached } from '../../src/attached.ts'
import type { DeviceSnapshot } from '../../schemas/device.ts'
import type { Identity, Reading } from '../../schemas/telemetry.ts'

const KNOWN_POOLS: Record<string, string> = {
  'mine.ocean.xyz:3334': 'Ocean Main',
  'solo.ckpool.org:3333': 'CKPool Main',
  'solo.ckpool.org:4334': 'CKPool High Diff',
  'umbrel.local:2018': 'Public Pool Local'
}

/** The name of a pool (`host:port`) on dashboards: its own if it is well known, else its address. */
export function poolName(address: string): string {
  return Object.hasOwn(KNOWN_POOLS, address) ? (KNOWN_POOLS[address] ?? address) : address
}

const MAX_LENGTH = 256
const UNSAFE = /["\\\p{Cc}]/gu
const ESCAPES: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\n': '\\n' }

/**
 * Escapes a text as the value of a label. Other control characters and lone surrogates become U+FFFD, and the text is cut to
 * 256 UTF-16 units.
 */
export function escapeLabel(value: string): string {
  const whole = value.slice(0, MAX_LENGTH).toWellFormed()
  return whole.replace(UNSAFE, (character) => ESCAPES[character] ?? '\uFFFD')
}

/** Renders a label set, `{a="1",b="2"}`. Null becomes an empty value, which Prometheus treats as an absent label. */
export function labelSet(labels: Partial<Record<string, string | number | null>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(String(value ?? ''))}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

/** A device at the start of a scrape, with its rendered labels. */
export interface ScrapedDevice {
  state: DeviceSnapshot['state']
  /** Its reading; null unless it answers. Only devices that answer have samples and count in totals, also those in conflict. */
  live: Reading | null
  lastPollAt: number | null
  /** Ends the labels of each of its samples: `mac="…"} ` */
  suffix: string
  /** The label set of its `_info`. */
  info: string
}

type RenderedLabels = Pick<ScrapedDevice, 'suffix' | 'info'> & { ip: string; identity: Identity | null }

// Labels seldom change.
const cache = new Attached<DeviceSnapshot, RenderedLabels>('labels')

/** Copies the state of the fleet for one scrape. */
export function readFleet(devices: readonly DeviceSnapshot[]): ScrapedDevice[] {
  return devices.map((device) => {
    const { state, lastPollAt, reading } = device
    const { suffix, info } = renderLabels(device)
    const isLive = state === 'online' || (state === 'conflict' && device.answering)
    return { state, live: isLive ? reading : null, lastPollAt, suffix, info }
  })
}

function renderLabels(device: DeviceSnapshot): RenderedLabels {
  const known = cache.get(device)
  const { mac, ip, reading } = device
  const identity = reading?.identity ?? null
  if (known?.ip === ip && sameNames(known.identity, identity)) return known
  const { hostname = null, model = null, asicModel = null, version = null, pool = null } = identity ?? {}
  const info = labelSet({ mac, hostname, ip, model, asic: asicModel, version, pool: pool && poolName(pool) })
  const labels = { suffix: `mac="${escapeLabel(mac)}"} `, info, ip, identity }
  cache.set(device, labels)
  return labels
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
