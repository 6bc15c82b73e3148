import type { Firmware } from '../miner/firmware.ts'
import type { Json } from '../json.ts'

/** Reads one value; returns undefined when the firmware rejects it. */
export type Rule = (value: Json) => Json | undefined

/** A string of `min` to `max` bytes. */
export function text(min: number, max: number): Rule {
  return (value) => (typeof value === 'string' && inRange(Buffer.byteLength(value), min, max) ? value : undefined)
}
/** A number in a range, truncated to an integer. */
export function integer(min: number, max: number): Rule {
  return (value) => (typeof value === 'number' && inRange(value, min, max) ? Math.trunc(value) : undefined)
}
/** A number in a range. */
export function float(min: number, max: number): Rule {
  return (value) => (typeof value === 'number' && inRange(value, min, max) ? value : undefined)
}
/** true, false, 0 or 1, stored as 0 or 1. */
export const flag: Rule = (value) =>
  value === true || value === 1 ? 1 : value === false || value === 0 ? 0 : undefined
/** One of some values. */
export function oneOf(...values: Json[]): Rule {
  return (value) => (values.includes(value) ? value : undefined)
}

function inRange(n: number, min: number, max: number): boolean {
  return n >= min && n <= max
}

const displays = ['NONE', 'SSD1306 (128x32)', 'SSD1309 (128x64)', 'SH1107 (64x128)', 'SH1107 (128x128)']

/** The keys of the dialects `strict` and `pools` with their limits (AXEOS.md 3.2); `strict` has the flat pool keys too (AXEOS.md 3.3). */
export function rulesOf(firmware: Firmware): Record<string, Rule> {
  const since = (version: string, rules: Record<string, Rule>): Record<string, Rule> =>
    firmware.since(version, null) ? rules : {}
  return {
    ssid: text(1, 32),
    wifiPass: text(firmware.since('2.12.0', null) ? 0 : 1, 63),
    hostname: text(1, 32),
    frequency: float(1, 65_535),
    coreVoltage: integer(1, 65_535),
    overclockEnabled: flag,
    autofanspeed: flag,
    manualFanSpeed: integer(0, 100),
    minFanSpeed: integer(0, 99),
    temptarget: integer(35, 66),
    overheat_mode: (value) => (value === 0 || value === false ? 0 : undefined),
    display: oneOf(...displays),
    rotation: oneOf(0, 90, 180, 270),
    invertscreen: flag,
    displayOffset: integer(0, 255),
    displayTimeout: integer(-1, 65_535),
    statsFrequency: integer(0, 65_535),
    useFallbackStratum: flag,
    ...since('2.15.0', { useCustomWWW: flag, primaryPoolIndex: integer(0, 7), secondaryPoolIndex: integer(0, 7) }),
    ...(firmware.dialect === 'strict' && { ...flatPool(firmware, 'stratum'), ...flatPool(firmware, 'fallbackStratum') })
  }
}

function flatPool(firmware: Firmware, prefix: string): Record<string, Rule> {
  const rules: Record<string, Rule> = {
    URL: text(0, 3999),
    User: text(0, 3999),
    Password: text(0, 3999),
    Port: integer(0, 65_535),
    SuggestedDifficulty: integer(0, 65_535),
    ExtranonceSubscribe: flag,
    ...(firmware.since('2.13.0', null) && { TLS: integer(0, 3), Cert: text(0, 3999), DecodeCoinbase: flag }),
    ...(firmware.since('2.14.0', null) && {
      Protocol: oneOf('SV1', 'SV2'),
      V2ChannelType: text(0, 8),
      V2AuthorityPubkey: text(0, 52)
    })
  }
  return Object.fromEntries(Object.entries(rules).map(([key, rule]) => [prefix + key, rule]))
}
