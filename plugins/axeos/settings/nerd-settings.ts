import { decimal, flag, integer, level, text } from './rules.ts'
import type { Row } from './setting.ts'

const NOW = false

/** The firmware takes any temperature; above this one its protection would be off. */
export const overheatCelsius = integer(40, 100)
/** Duty cycle of a fan that is not regulated, %. */
export const percent = integer(0, 100)
/** 0 manual, else automatic in one of three ways. */
export const fanMode = level(3)
export const pidTarget = integer(0, 100)
export const pidFactor = decimal(0, 65_535)

/** The settings of NerdQAxe that are not a pool's; all of them are taken up at once (AXEOS.md 3.5). */
export const nerdRows: readonly Row[] = [
  ['ssid', text(1, 32), NOW],
  ['wifiPass', text(0, 63), NOW],
  ['hostname', text(1, 32), NOW],
  ['frequency', integer(1, 65_535), NOW],
  ['coreVoltage', integer(1, 65_535), NOW],
  ['jobInterval', integer(1, 65_535), NOW],
  ['overheat_temp', overheatCelsius, NOW],
  ['autofanspeed', fanMode, NOW],
  ['manualFanSpeed', percent, NOW],
  ['pidTargetTemp', pidTarget, NOW],
  ['pidP', pidFactor, NOW],
  ['pidI', pidFactor, NOW],
  ['pidD', pidFactor, NOW],
  ['poolMode', integer(0, 65_535), NOW],
  ['poolBalance', percent, NOW],
  ['stratumDifficulty', integer(0, 0xffffffff), NOW],
  ['vrFrequency', integer(1, 0xffffffff), NOW],
  ['flipscreen', flag, NOW],
  ['invertscreen', flag, NOW],
  ['invertfanpolarity', flag, NOW],
  ['autoscreenoff', flag, NOW]
]
