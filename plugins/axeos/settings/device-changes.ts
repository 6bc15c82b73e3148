import type { Reading } from '../../../schemas/telemetry.ts'
import { readFlag, type Info } from '../reading/fields.ts'
import type { Settability } from './rules.ts'

/** Settings that a miner changes by itself when it overheats (AXEOS.md 2.1). */
export const OVERHEAT_FIELDS: ReadonlySet<string> = new Set([
  'frequency',
  'coreVoltage',
  'autofanspeed',
  'fanspeed',
  'manualFanSpeed'
])
/** Fields of an info that firmware sends only while they have a value (AXEOS.md 2.1, 2.2). */
const TRANSIENT_FIELDS = new Set([
  ...['power_fault', 'hardware_fault', 'hashrateMonitor', 'blockHeight', 'scriptsig', 'networkDifficulty'],
  ...['coinbaseValueTotalSatoshis', 'coinbaseValueUserSatoshis', 'coinbaseOutputs', 'blockSignals', 'mdnsHostname']
])

/** Whether an echo may contain a field that the current info lacks. */
export function isTransient(field: string): boolean {
  return TRANSIENT_FIELDS.has(field)
}

/** Whether a differing value of an echo is the client's change, or a change that the miner made after the echoed info. */
export function checkEchoedValue(field: string, value: unknown, echo: Info, reading: Reading): Settability {
  if (OVERHEAT_FIELDS.has(field) && hasOverheatedSince(echo, reading)) {
    return { refused: 'the miner has overheated since and set it itself: send it without the rest of the info' }
  }
  return field === 'hostname' && isRenamed(value, reading) ? 'ignored' : 'settable'
}

/** A miner that overheats lowers its clocks and speeds up its fan (AXEOS.md 2.1); an older echo would undo that. */
function hasOverheatedSince(echo: Info, { telemetry }: Reading): boolean {
  return telemetry.overheated === true && (readFlag(echo, 'overheat_mode') ?? readFlag(echo, 'overheat')) === false
}

/** Whether firmware since v2.15.0 appended the end of its MAC to a host name that was taken (AXEOS.md 6). */
export function isRenamed(hostname: unknown, { identity, mac }: Pick<Reading, 'identity' | 'mac'>): boolean {
  const suffix = mac?.replaceAll(':', '').slice(-4)
  return suffix !== undefined && identity.dialect === 'pools' && identity.hostname === `${String(hostname)}-${suffix}`
}
