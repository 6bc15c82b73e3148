import type { Identity } from '../../../schemas/telemetry.ts'
import { isOlder } from '../reading/version.ts'

interface Origin {
  /** First version of ESP-Miner that has the setting. */
  readonly esp?: string
  /** First version of NerdQAxe that has it; empty where that is not known. */
  readonly nerd?: string
  /** Last line of ESP-Miner versions that had it. */
  readonly espUntil?: string
}

const origins = (origin: Origin, ...fields: string[]) => fields.map((field) => [field, origin] as const)
const both = (suffix: string) => [`stratum${suffix}`, `fallbackStratum${suffix}`]

/** Where settings come from: AXEOS.md 2.3, 2.4, 3.2 to 3.5. */
const ORIGINS = new Map<string, Origin>([
  ...origins({ esp: '2.0.2', nerd: '' }, 'autofanspeed', 'fanspeed'),
  ...origins({ esp: '2.0.7', nerd: '' }, 'stratumPassword'),
  ...origins({ esp: '2.1.5', nerd: '' }, 'hostname'),
  ...origins({ esp: '2.1.10' }, 'overheat_mode'),
  ...origins({ esp: '2.3.0', nerd: '' }, ...['URL', 'Port', 'User', 'Password'].map((key) => `fallbackStratum${key}`)),
  ...origins({ esp: '2.6.0' }, 'overclockEnabled'),
  ...origins({ esp: '2.7.0' }, 'temptarget', 'displayTimeout'),
  ...origins({ esp: '2.8.0' }, 'display'),
  ...origins({ esp: '2.9.0' }, 'rotation', 'statsFrequency', ...both('SuggestedDifficulty')),
  ...origins({ esp: '2.9.0' }, ...both('ExtranonceSubscribe')),
  ...origins({ esp: '2.10.0' }, 'minFanSpeed'),
  ...origins({ esp: '2.11.0', nerd: '1.0.35' }, 'manualFanSpeed'),
  ...origins({ esp: '2.11.0' }, 'useFallbackStratum', 'displayOffset'),
  ...origins({ esp: '2.13.0', nerd: '' }, ...both('TLS')),
  ...origins({ esp: '2.13.0' }, ...both('Cert'), ...both('DecodeCoinbase')),
  ...origins({ esp: '2.14.0' }, ...both('Protocol'), ...both('V2ChannelType'), ...both('V2AuthorityPubkey')),
  ...origins({ esp: '2.15.0' }, 'pools', 'primaryPoolIndex', 'secondaryPoolIndex', 'useCustomWWW'),
  ...origins({ esp: '2.15.0' }, ...both('V2RequireAuth')),
  ...origins({ espUntil: 'v2.6', nerd: '' }, 'invertfanpolarity'),
  ...origins({ espUntil: 'v2.8', nerd: '' }, 'flipscreen'),
  ...origins({ nerd: '1.0.4' }, 'overheat_temp'),
  ...origins({ nerd: '1.0.35' }, 'poolMode', 'poolBalance'),
  ...origins({ nerd: '' }, 'jobInterval', 'pidTargetTemp', 'pidP', 'pidI', 'pidD', 'stratumDifficulty', 'vrFrequency'),
  ...origins({ nerd: '' }, 'autoscreenoff', 'fans', ...both('EnonceSubscribe'))
])

/** Tells whether some firmware has a setting of this name. */
export function isSettingSomewhere(field: string): boolean {
  return ORIGINS.has(field)
}

/** Says why a firmware has no such setting, and which version brings it. */
export function whyMissing(field: string, { version, dialect }: Identity): string {
  const missing = `this firmware (${version ?? 'of unknown version'}) has no setting of that name`
  const origin = ORIGINS.get(field)
  if (!origin) return missing
  const first = dialect === 'N' ? origin.nerd : origin.esp
  const family = dialect === 'N' ? 'NerdQAxe' : 'ESP-Miner'
  if (first && isOlder(version, first)) return `${missing}: ${family} v${first} brings it`
  if (dialect === 'N') return first === undefined ? `${missing}: only ESP-Miner has it` : missing
  if (origin.espUntil) return `${missing}: ESP-Miner had it up to ${origin.espUntil}`
  return first === undefined ? `${missing}: only NerdQAxe has it` : missing
}
