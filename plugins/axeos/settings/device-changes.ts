import type { Reading } from '../../../schemas/telemetry.ts'
import { readFlag, type Info } from '../reading/fields.ts'

const BY_OVERHEATING = new Set(['frequency', 'coreVoltage', 'autofanspeed', 'fanspeed', 'manualFanSpeed'])
// Sent only while they have something to tell (AXEOS.md 2.1, 2.2)
const PASSING = new Set([
  ...['power_fault', 'hardware_fault', 'hashrateMonitor', 'blockHeight', 'scriptsig', 'networkDifficulty'],
  ...['coinbaseValueTotalSatoshis', 'coinbaseValueUserSatoshis', 'coinbaseOutputs', 'blockSignals', 'mdnsHostname']
])

/** Tells whether a field comes and goes by itself, so that an echo may hold it although the info no longer does. */
export function comesAndGoes(field: string): boolean {
  return PASSING.has(field)
}

/** Why a value that differs in an echoed info is no wish of the client: the miner changed it since. Null: it is one. */
export function whyMoved(field: string, value: unknown, echo: Info, reading: Reading): string | null {
  if (BY_OVERHEATING.has(field) && overheatedSince(echo, reading)) {
    return 'the miner has overheated since and set it itself: ask for it on its own'
  }
  if (field === 'hostname' && hasRenamedItself(value, reading)) return ''
  return null
}

/** A miner that overheats lowers its clocks and turns up its fan (AXEOS.md 2.1): an older echo would undo that. */
function overheatedSince(echo: Info, { telemetry }: Reading): boolean {
  return telemetry.overheated === true && (readFlag(echo, 'overheat_mode') ?? readFlag(echo, 'overheat')) === false
}

/** Firmware since v2.15.0 adds the end of its MAC to a host name that is taken (AXEOS.md 6). */
export function hasRenamedItself(hostname: unknown, { identity, mac }: Pick<Reading, 'identity' | 'mac'>): boolean {
  const end = mac?.replaceAll(':', '').slice(-4)
  return end !== undefined && identity.dialect === 'C' && identity.hostname === `${String(hostname)}-${end}`
}
