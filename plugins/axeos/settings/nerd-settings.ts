import { decimal, flag, integer, level, text, type Row } from './rules.ts'

const LIVE = false

/** The firmware accepts any temperature; above 100 °C its protection would have no effect. */
export const overheatCelsius = integer(40, 100)
/** Duty cycle of a manual fan, %. */
export const percent = integer(0, 100)
/** 0 is manual; 1 to 3 are automatic. */
export const fanMode = level(3)
export const pidTarget = integer(0, 100)
export const pidFactor = decimal(0, 65_535)

/** The settings of NerdQAxe, except those of pools. None requires a restart (AXEOS.md 3.5). */
export const nerdRows: readonly Row[] = [
  ['ssid', text(1, 32), LIVE],
  ['wifiPass', text(0, 63), LIVE],
  ['hostname', text(1, 32), LIVE],
  ['frequency', integer(1, 65_535), LIVE],
  ['coreVoltage', integer(1, 65_535), LIVE],
  ['jobInterval', integer(1, 65_535), LIVE],
  ['overheat_temp', overheatCelsius, LIVE],
  ['autofanspeed', fanMode, LIVE],
  ['manualFanSpeed', percent, LIVE],
  ['pidTargetTemp', pidTarget, LIVE],
  ['pidP', pidFactor, LIVE],
  ['pidI', pidFactor, LIVE],
  ['pidD', pidFactor, LIVE],
  ['poolMode', integer(0, 65_535), LIVE],
  ['poolBalance', percent, LIVE],
  ['stratumDifficulty', integer(0, 0xffffffff), LIVE],
  ['vrFrequency', integer(1, 0xffffffff), LIVE],
  ['flipscreen', flag, LIVE],
  ['invertscreen', flag, LIVE],
  ['invertfanpolarity', flag, LIVE],
  ['autoscreenoff', flag, LIVE]
]
