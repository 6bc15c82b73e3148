import type { Identity } from '../../../schemas/telemetry.ts'
import { isOlder } from '../reading/version.ts'
import { choice, decimal, flag, integer, text, type Row, type Rule } from './rules.ts'

const LIVE = false
const RESTART = true

/** Presets may contain NerdQAxe's modes: all except 0 are automatic. */
const automatic: Rule = { ...flag, read: (value) => (value === 2 || value === 3 ? true : flag.read(value)) }
const cleared: Rule = { ...flag, allowed: '0: it can only be cleared', accepts: (value) => value === false }
const index = integer(0, 7)

/** Firmware since v2.15.0 removes the suffix. */
const hostWithoutSuffix: Rule = {
  ...text(1, 32),
  read: (value) => (typeof value === 'string' ? value.replace(/\.local$/, '') : null)
}

/**
 * Returns the settings of ESP-Miner, except those of pools, with the limits of AXEOS.md 3.2. Lenient firmware stores any
 * value (3.1), so the limits of its successors apply to it too.
 */
export function espRows({ dialect, version }: Identity): Row[] {
  return [
    ['ssid', text(1, 32), RESTART],
    ['wifiPass', text(dialect === 'strict' && isOlder(version, '2.12.0') ? 1 : 0, 63), RESTART],
    [
      'hostname',
      dialect === 'pools' ? hostWithoutSuffix : text(1, 32),
      dialect === 'lenient' || isOlder(version, '2.14.0')
    ],
    ['frequency', acceptsFractions({ dialect, version }) ? decimal(1, 65_535) : integer(1, 65_535), LIVE],
    ['coreVoltage', integer(1, 65_535), LIVE],
    ['overclockEnabled', flag, LIVE],
    ['autofanspeed', automatic, LIVE],
    ['manualFanSpeed', integer(0, 100), LIVE],
    ['minFanSpeed', integer(0, 99), LIVE],
    ['temptarget', integer(35, 66), LIVE],
    ['overheat_mode', cleared, LIVE],
    ['display', text(1, 64), RESTART],
    ['rotation', choice(0, 90, 180, 270), RESTART],
    ['flipscreen', flag, RESTART],
    ['invertscreen', flag, RESTART],
    ['invertfanpolarity', flag, RESTART],
    ['displayOffset', integer(0, 255), RESTART],
    ['displayTimeout', integer(-1, 65_535), LIVE],
    ['statsFrequency', integer(0, 65_535), LIVE],
    ['useFallbackStratum', flag, RESTART],
    ['useCustomWWW', flag, RESTART],
    ['primaryPoolIndex', index, RESTART],
    ['secondaryPoolIndex', index, RESTART]
  ]
}

/** Whether the frequency is a float: since v2.13.0 (AXEOS.md 2.3); older firmware truncates it. */
function acceptsFractions({ dialect, version }: Pick<Identity, 'dialect' | 'version'>): boolean {
  return dialect === 'pools' || (dialect === 'strict' && !isOlder(version, '2.13.0'))
}
