import type { Reading } from '../../../schemas/telemetry.ts'
import { readObject } from '../reading/fields.ts'
import { isOlder } from '../reading/version.ts'
import { espRows } from './esp-settings.ts'
import { fanSettings } from './nerd-fans.ts'
import { nerdRows } from './nerd-settings.ts'
import { flatPoolRows } from './pool-rules.ts'
import { poolSettings } from './pool-slots.ts'
import { integer, type Row, type Setting, type Settings } from './rules.ts'

/** Names that clients may use for a setting that the firmware calls otherwise. */
const ALIASES = [
  ['wifiPassword', 'wifiPass'],
  ['stratumSuggestedDifficulty', 'stratumDifficulty'],
  ['stratumExtranonceSubscribe', 'stratumEnonceSubscribe'],
  ['fallbackStratumExtranonceSubscribe', 'fallbackStratumEnonceSubscribe']
] as const

/**
 * Lists the settings of a miner with their current values, by the names that clients use. A firmware has a setting if its
 * info shows it; for the few that no info shows, its version decides.
 */
export function listSettings(reading: Reading): Settings {
  const { info, identity } = reading
  const { dialect } = identity
  const rows: readonly Row[] = dialect === 'nerdqaxe' ? nerdRows : espRows(identity)
  const settings = new Map<string, Setting>()
  for (const row of dialect === 'pools' ? rows : [...rows, ...flatPoolRows(dialect)]) {
    const setting = toSetting(row, reading)
    if (setting) settings.set(setting.key, setting)
  }
  const nested = dialect === 'pools' ? poolSettings(info) : dialect === 'nerdqaxe' ? fanSettings(info) : []
  for (const [field, setting] of nested) settings.set(field, setting)
  return addAliases(settings, reading)
}

function toSetting([key, rule, restart]: Row, reading: Reading): Setting | null {
  const { info } = reading
  // NerdQAxe shows these two in `stratum` (AXEOS.md 2.4)
  const holder = key === 'poolMode' || key === 'poolBalance' ? readObject(info, 'stratum') : info
  if (Object.hasOwn(holder, key)) return { key, rule, current: holder[key], restart }
  return isWriteOnly(key, reading) ? { key, rule, current: undefined, restart } : null
}

/** Whether a firmware has a setting that its info never shows (AXEOS.md 2.3, 3.2, 3.3). */
function isWriteOnly(key: string, { info, identity: { dialect, version } }: Reading): boolean {
  switch (key) {
    case 'wifiPass':
      return true
    case 'stratumPassword':
      return dialect === 'nerdqaxe' || !isOlder(version, '2.0.7')
    case 'fallbackStratumPassword':
      return Object.hasOwn(info, 'fallbackStratumURL')
    case 'displayOffset':
    case 'useFallbackStratum':
      return dialect === 'strict' || dialect === 'pools'
    default:
      return false
  }
}

/** In firmware without `manualFanSpeed`, `fanspeed` is both the setting and the present speed (AXEOS.md 2.3, 3.5). */
function addAliases(settings: Map<string, Setting>, { info }: Reading): Settings {
  const manual = settings.get('manualFanSpeed')
  if (manual) settings.set('fanspeed', manual)
  else if (Object.hasOwn(info, 'fanspeed')) {
    const setting = { key: 'fanspeed', rule: integer(0, 100), current: info.fanspeed, restart: false }
    settings.set('fanspeed', setting).set('manualFanSpeed', setting)
  }
  for (const [alias, key] of ALIASES) {
    const setting = settings.get(key)
    if (setting && !settings.has(alias)) settings.set(alias, setting)
  }
  return settings
}
