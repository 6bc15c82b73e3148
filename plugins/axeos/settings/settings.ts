import type { Reading } from '../../../schemas/telemetry.ts'
import { espRows } from './esp-settings.ts'
import { readObject } from '../reading/fields.ts'
import { fanSettings } from './nerd-fans.ts'
import { nerdRows } from './nerd-settings.ts'
import { flatPoolRows } from './pool-rules.ts'
import { poolSettings } from './pool-slots.ts'
import { integer } from './rules.ts'
import type { Row, Setting, Settings } from './setting.ts'
import { isOlder } from '../reading/version.ts'

/** What clients may call a setting that this firmware has under another name. */
const ALIASES = [
  ['wifiPassword', 'wifiPass'],
  ['stratumSuggestedDifficulty', 'stratumDifficulty'],
  ['stratumExtranonceSubscribe', 'stratumEnonceSubscribe'],
  ['fallbackStratumExtranonceSubscribe', 'fallbackStratumEnonceSubscribe']
] as const

/**
 * Everything that can be set on a miner, as it is set now, by the names that clients use. A firmware shows a setting in
 * its info from the version on that has it, so that is what tells; the few that it never shows go by its version.
 */
export function settingsOf(reading: Reading): Settings {
  const { info, identity } = reading
  const { dialect } = identity
  const rows: readonly Row[] = dialect === 'N' ? nerdRows : espRows(identity)
  const settings = new Map<string, Setting>()
  for (const row of dialect === 'C' ? rows : [...rows, ...flatPoolRows(dialect)]) {
    const setting = toSetting(row, reading)
    if (setting) settings.set(setting.key, setting)
  }
  const nested = dialect === 'C' ? poolSettings(info) : dialect === 'N' ? fanSettings(info) : []
  for (const [field, setting] of nested) settings.set(field, setting)
  return addAliases(settings, reading)
}

function toSetting([key, rule, restart]: Row, reading: Reading): Setting | null {
  const { info } = reading
  // NerdQAxe shows these two in an object of their own (AXEOS.md 2.4)
  const holder = key === 'poolMode' || key === 'poolBalance' ? readObject(info, 'stratum') : info
  if (Object.hasOwn(holder, key)) return { key, rule, current: holder[key], restart }
  return isUnseen(key, reading) ? { key, rule, current: undefined, restart } : null
}

/** Tells whether a firmware has a setting that its info never shows (AXEOS.md 2.3, 3.2, 3.3). */
function isUnseen(key: string, { info, identity: { dialect, version } }: Reading): boolean {
  switch (key) {
    case 'wifiPass':
      return true
    case 'stratumPassword':
      return dialect === 'N' || !isOlder(version, '2.0.7')
    case 'fallbackStratumPassword':
      return Object.hasOwn(info, 'fallbackStratumURL')
    case 'displayOffset':
    case 'useFallbackStratum':
      return dialect === 'B' || dialect === 'C'
    default:
      return false
  }
}

/** Before `manualFanSpeed`, the speed was both set and told as `fanspeed` (AXEOS.md 2.3, 3.5). */
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
