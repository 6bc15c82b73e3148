import type { Reading } from '../../../schemas/telemetry.ts'
import type { Info } from '../reading/fields.ts'
import { flag, type Settability } from './rules.ts'

/**
 * Whether a requested fan speed can be set. `fanspeed` is the present speed; only firmware without `manualFanSpeed` accepts
 * it as a setting too, and shows the setting only while the fan is not automatic (AXEOS.md 2.1, 2.3, 3.2).
 * @param isEcho the client sends back a whole info
 */
export function checkFanSpeed(field: string, requested: Info, { info }: Reading, isEcho: boolean): Settability {
  if (field !== 'fanspeed' && field !== 'manualFanSpeed') return 'settable'
  if (field === 'fanspeed' && Object.hasOwn(requested, 'manualFanSpeed')) return 'ignored'
  const isEchoedSpeed = field === 'fanspeed' && isEcho
  if (Object.hasOwn(info, 'manualFanSpeed')) return isEchoedSpeed ? 'ignored' : 'settable'
  if (isManual(requested.autofanspeed ?? info.autofanspeed)) return 'settable'
  if (requested.autofanspeed !== undefined || isEchoedSpeed) return 'ignored'
  return { refused: 'this firmware accepts a fan speed only while autofanspeed is 0' }
}

/** Whether the request switches an automatic fan to manual: its present speed is then not its setting. */
export function switchesToManual(requested: Info, { info }: Reading): boolean {
  return isManual(requested.autofanspeed) && !isManual(info.autofanspeed)
}

function isManual(mode: unknown): boolean {
  return flag.read(mode) === false
}
