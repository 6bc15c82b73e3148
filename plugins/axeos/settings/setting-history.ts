import type { Identity } from '../../../schemas/telemetry.ts'
import { isOlder } from '../reading/version.ts'

interface Availability {
  /** First version of ESP-Miner with the setting. */
  readonly esp?: string
  /** First version of NerdQAxe with it; empty when unknown. */
  readonly nerd?: string
  /** Last minor version of ESP-Miner with it. */
  readonly espUntil?: string
}

const since = (availability: Availability, ...fields: string[]) => fields.map((field) => [field, availability] as const)
const both = (suffix: string) => [`stratum${suffix}`, `fallbackStratum${suffix}`]

/** AXEOS.md 2.3, 2.4, 3.2 to 3.5. */
const AVAILABILITY = new Map<string, Availability>([
  ...since({ esp: '2.0.2', nerd: '' }, 'autofanspeed', 'fanspeed'),
  ...since({ esp: '2.0.7', nerd: '' }, 'stratumPassword'),
  ...since({ esp: '2.1.5', nerd: '' }, 'hostname'),
  ...since({ esp: '2.1.10' }, 'overheat_mode'),
  ...since({ esp: '2.3.0', nerd: '' }, ...['URL', 'Port', 'User', 'Password'].map((key) => `fallbackStratum${key}`)),
  ...since({ esp: '2.6.0' }, 'overclockEnabled'),
  ...since({ esp: '2.7.0' }, 'temptarget', 'displayTimeout'),
  ...since({ esp: '2.8.0' }, 'display'),
  ...since({ esp: '2.9.0' }, 'rotation', 'statsFrequency', ...both('SuggestedDifficulty')),
  ...since({ esp: '2.9.0' }, ...both('ExtranonceSubscribe')),
  ...since({ esp: '2.10.0' }, 'minFanSpeed'),
  ...since({ esp: '2.11.0', nerd: '1.0.35' }, 'manualFanSpeed'),
  ...since({ esp: '2.11.0' }, 'useFallbackStratum', 'displayOffset'),
  ...since({ esp: '2.13.0', nerd: '' }, ...both('TLS')),
  ...since({ esp: '2.13.0' }, ...both('Cert'), ...both('DecodeCoinbase')),
  ...since({ esp: '2.14.0' }, ...both('Protocol'), ...both('V2ChannelType'), ...both('V2AuthorityPubkey')),
  ...since({ esp: '2.15.0' }, 'pools', 'primaryPoolIndex', 'secondaryPoolIndex', 'useCustomWWW'),
  ...since({ esp: '2.15.0' }, ...both('V2RequireAuth')),
  ...since({ espUntil: 'v2.6', nerd: '' }, 'invertfanpolarity'),
  ...since({ espUntil: 'v2.8', nerd: '' }, 'flipscreen'),
  ...since({ nerd: '1.0.4' }, 'overheat_temp'),
  ...since({ nerd: '1.0.35' }, 'poolMode', 'poolBalance'),
  ...since({ nerd: '' }, 'jobInterval', 'pidTargetTemp', 'pidP', 'pidI', 'pidD', 'stratumDifficulty', 'vrFrequency'),
  ...since({ nerd: '' }, 'autoscreenoff', 'fans', ...both('EnonceSubscribe'))
])

/** Whether any firmware has a setting of this name. */
export function isKnownSetting(field: string): boolean {
  return AVAILABILITY.has(field)
}

/** Returns why a firmware lacks a setting, and the first version with it. */
export function explainMissing(field: string, { version, dialect }: Identity): string {
  const missing = `this firmware (${version ?? 'of unknown version'}) has no setting of that name`
  const availability = AVAILABILITY.get(field)
  if (!availability) return missing
  const isNerd = dialect === 'nerdqaxe'
  const first = isNerd ? availability.nerd : availability.esp
  const family = isNerd ? 'NerdQAxe' : 'ESP-Miner'
  if (first && isOlder(version, first)) return `${missing}: ${family} v${first} added it`
  if (isNerd) return first === undefined ? `${missing}: only ESP-Miner has it` : missing
  if (availability.espUntil) return `${missing}: ESP-Miner had it up to ${availability.espUntil}`
  return first === undefined ? `${missing}: only NerdQAxe has it` : missing
}
