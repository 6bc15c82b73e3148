import { readFileSync } from 'node:fs'
import { firmwareOf, type Firmware } from './firmware.ts'
import { isFields, type Fields } from '../json.ts'
import { familyOf } from './models.ts'

/** A captured info answer and the properties derived from it. */
export interface Profile {
  name: string
  /** The capture, in wire order. */
  info: Fields
  firmware: Firmware
  asicModel: string
  asicCount: number
  smallCores: number
  /** `Gamma`, `Ultra` … or NerdQAxe's own model name. */
  model: string
}

/**
 * The captures in fleet order. The first ten cover all dialects, old and new, and include one without `macAddr`.
 * A fleet cycles through them.
 */
export const profiles = [
  'bitaxe-gamma-601-v2.15.3',
  'bitaxe-gamma-601-v2.12.2',
  'nerdqaxe-plusplus-V1.0.37.2-LTS',
  'bitaxe-gamma-601-v2.9.0',
  'bitaxe-gamma-601-v2.11.0b6',
  'bitaxe-suprahex-702-2.7.0-TCH-All-In-One',
  'bitaxe-gamma-601-v2.10.1',
  'bitaxe-ultra-204-v2.1.8',
  'nerdqaxe-plusplus-v1.0.30-partial',
  'bitaxe-gamma-601-v2.7.0',
  'bitaxe-ultra-0.11-v2.1.3'
] as const

// The capture of NerdQAxe 1.0.30 is incomplete; the missing end is completed from the field list of AXEOS.md 2.4.
const completions: Record<string, Fields> = {
  'nerdqaxe-plusplus-v1.0.30-partial': {
    ...{ frequency: 600, defaultFrequency: 600, jobInterval: 1200, stratumDifficulty: 1000, overheat_temp: 70 },
    ...{ flipscreen: 1, invertscreen: 0, autoscreenoff: 0, invertfanpolarity: 1, autofanspeed: 2, ASICModel: 'BM1370' },
    ...{ uptimeSeconds: 2136, lastResetReason: 'Power on reset', wifiStatus: 'Connected!', freeHeap: 7012344 },
    ...{ version: 'v1.0.30', runningPartition: 'ota_0' }
  }
}

const smallCoresOf: Record<string, number> = { BM1397: 672, BM1366: 894, BM1368: 1276, BM1370: 2040 }
const loaded = new Map<string, Profile>()

/** Returns the profile whose name is, or contains, `part`. @throws RangeError when no name does */
export function pickProfile(part: string): Profile {
  const name =
    profiles.find((candidate) => candidate === part) ?? profiles.find((candidate) => candidate.includes(part))
  if (!name) throw new RangeError(`no profile contains "${part}"; the profiles are ${profiles.join(', ')}`)
  const profile = loaded.get(name) ?? load(name)
  loaded.set(name, profile)
  return profile
}

/** Returns the profiles whose names contain one of the parts; all when `parts` is empty. @throws RangeError for a part without match */
export function matchProfiles(parts: readonly string[]): Profile[] {
  for (const part of parts) pickProfile(part)
  return profiles.filter((name) => !parts.length || parts.some((part) => name.includes(part))).map(pickProfile)
}

function load(name: string): Profile {
  const captured: unknown = JSON.parse(readFileSync(new URL(`../profiles/${name}.json`, import.meta.url), 'utf8'))
  if (!isFields(captured)) throw new TypeError(`profile ${name} is not an object`)
  const info = { ...captured, ...completions[name] }
  const nerd = 'deviceModel' in info
  const asicModel = String(info['ASICModel'])
  const board = familyOf(String(info['boardVersion']))
  return {
    name,
    info,
    firmware: firmwareOf(String(info['version']), nerd),
    asicModel,
    asicCount: Number(info['asicCount'] ?? board.chips),
    smallCores: Number(info['smallCoreCount'] ?? smallCoresOf[asicModel]),
    model: nerd ? String(info['deviceModel']) : board.family
  }
}
