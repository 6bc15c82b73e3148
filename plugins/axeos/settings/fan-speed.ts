import type { Reading } from '../../../schemas/telemetry.ts'
import type { Info } from '../reading/fields.ts'
import { flag } from './rules.ts'

/** null: it is a setting. An empty text: it is none, and nobody needs to hear of it. Else: why it cannot be set. */
export type Objection = string | null

/**
 * Tells whether a fan speed that a client sent is one to set. `fanspeed` is what the fan does now; only firmware without
 * `manualFanSpeed` takes it as a setting too, and shows it only while the fan is not automatic (AXEOS.md 2.1, 2.3, 3.2).
 */
export function objectionToFan(field: string, asked: Info, { info }: Reading, echo: boolean): Objection {
  if (field !== 'fanspeed' && field !== 'manualFanSpeed') return null
  if (field === 'fanspeed' && Object.hasOwn(asked, 'manualFanSpeed')) return ''
  if (Object.hasOwn(info, 'manualFanSpeed')) return field === 'fanspeed' && echo ? '' : null
  if (isManual(asked.autofanspeed ?? info.autofanspeed)) return null
  if (asked.autofanspeed !== undefined || (echo && field === 'fanspeed')) return ''
  return 'this firmware takes a fan speed only while autofanspeed is 0'
}

/** Tells whether the fan is regulated now and will not be: its present speed then says nothing about the one to set. */
export function becomesManual(asked: Info, { info }: Reading): boolean {
  return isManual(asked.autofanspeed) && !isManual(info.autofanspeed)
}

function isManual(mode: unknown): boolean {
  return flag.read(mode) === false
}
