import type { Dialect } from '../../../schemas/telemetry.ts'
import { choice, decimal, flag, integer, level, text, type Row, type Rule } from './rules.ts'

type Rules = Readonly<Record<string, Rule>>

const port = integer(1, 65_535)

/** Flat keys of ESP-Miner before v2.15.0, without their prefix (AXEOS.md 3.3). It also accepts port 0, which is invalid. */
const ESP_RULES: Rules = {
  URL: text(0, 3999),
  Port: port,
  User: text(0, 3999),
  Password: text(0, 3999),
  SuggestedDifficulty: integer(0, 65_535),
  ExtranonceSubscribe: flag,
  TLS: level(3),
  Cert: text(0, 3999),
  DecodeCoinbase: flag,
  Protocol: choice('SV1', 'SV2'),
  V2ChannelType: text(0, 8),
  V2AuthorityPubkey: text(0, 52)
}

/** Keys of a pool object since v2.15.0 (AXEOS.md 3.4). */
export const SLOT_RULES: Rules = {
  stratumURL: text(1, 255),
  stratumPort: port,
  stratumUser: text(1, 255),
  stratumPassword: text(0, 255),
  stratumProtocol: choice('SV1', 'SV2'),
  stratumSuggestedDifficulty: decimal(0, 1e18),
  stratumExtranonceSubscribe: flag,
  stratumTLS: level(2),
  stratumCert: text(0, 3000),
  stratumDecodeCoinbase: flag,
  stratumV2ChannelType: choice('standard', 'extended'),
  stratumV2AuthorityPubkey: text(0, 128),
  stratumV2RequireAuth: flag
}

/** Flat keys of NerdQAxe, without their prefix (AXEOS.md 3.5). */
const NERD_RULES: Rules = {
  URL: text(0, 3999),
  Port: port,
  User: text(0, 3999),
  Password: text(0, 3999),
  TLS: flag,
  EnonceSubscribe: flag
}

/** Returns the pool settings of firmware with flat keys. A miner needs a first pool, so its URL must not be empty. */
export function flatPoolRows(dialect: Dialect): Row[] {
  const isNerd = dialect === 'nerdqaxe'
  const rules = isNerd ? NERD_RULES : ESP_RULES
  return ['stratum', 'fallbackStratum'].flatMap((prefix) =>
    Object.entries(rules).map(([suffix, rule]): Row => {
      const isFirstUrl = prefix === 'stratum' && suffix === 'URL'
      return [prefix + suffix, isFirstUrl ? text(1, 3999) : rule, !isNerd]
    })
  )
}
