import type { Identity } from '../../../schemas/telemetry.ts'
import { choice, decimal, flag, integer, text, type Rule } from './rules.ts'
import type { Row } from './setting.ts'
import { isOlder } from '../reading/version.ts'

const NOW = false
const AT_RESTART = true

/** NerdQAxe has modes, of which presets may speak: all but 0 are automatic. */
const automatic: Rule = { ...flag, read: (value) => (value === 2 || value === 3 ? true : flag.read(value)) }
const cleared: Rule = { ...flag, allowed: '0: it can only be cleared', accepts: (value) => value === false }
const index = integer(0, 7)

/** Firmware since v2.15.0 cuts the suffix. */
const hostWithoutSuffix: Rule = {
  ...text(1, 32),
  read: (value) => (typeof value === 'string' ? value.replace(/\.local$/, '') : null)
}

/**
 * The settings of ESP-Miner that are not a pool's, with the limits of AXEOS.md 3.2. The trusting firmware of dialect A
 * stores whatever comes (3.1), so it gets the limits of its successors.
 */
export function espRows({ dialect, version }: Identity): Row[] {
  return [
    ['ssid', text(1, 32), AT_RESTART],
    ['wifiPass', text(dialect === 'B' && isOlder(version, '2.12.0') ? 1 : 0, 63), AT_RESTART],
    ['hostname', dialect === 'C' ? hostWithoutSuffix : text(1, 32), dialect === 'A' || isOlder(version, '2.14.0')],
    ['frequency', takesFractions({ dialect, version }) ? decimal(1, 65_535) : integer(1, 65_535), NOW],
    ['coreVoltage', integer(1, 65_535), NOW],
    ['overclockEnabled', flag, NOW],
    ['autofanspeed', automatic, NOW],
    ['manualFanSpeed', integer(0, 100), NOW],
    ['minFanSpeed', integer(0, 99), NOW],
    ['temptarget', integer(35, 66), NOW],
    ['overheat_mode', cleared, NOW],
    ['display', text(1, 64), AT_RESTART],
    ['rotation', choice(0, 90, 180, 270), AT_RESTART],
    ['flipscreen', flag, AT_RESTART],
    ['invertscreen', flag, AT_RESTART],
    ['invertfanpolarity', flag, AT_RESTART],
    ['displayOffset', integer(0, 255), AT_RESTART],
    ['displayTimeout', integer(-1, 65_535), NOW],
    ['statsFrequency', integer(0, 65_535), NOW],
    ['useFallbackStratum', flag, AT_RESTART],
    ['useCustomWWW', flag, AT_RESTART],
    ['primaryPoolIndex', index, AT_RESTART],
    ['secondaryPoolIndex', index, AT_RESTART]
  ]
}

/** Whether the clock is a float: configured as one since v2.13.0 (AXEOS.md 2.3), cut to an integer before. */
function takesFractions({ dialect, version }: Pick<Identity, 'dialect' | 'version'>): boolean {
  return dialect === 'C' || (dialect === 'B' && !isOlder(version, '2.13.0'))
}
