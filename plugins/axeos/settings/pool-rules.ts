import type { Dialect } from '../../../schemas/telemetry.ts'
import { choice, decimal, flag, integer, level, text, type Rule } from './rules.ts'
import type { Row } from './setting.ts'

type Rules = Readonly<Record<string, Rule>>

const port = integer(1, 65_535)

/** Flat keys of ESP-Miner before v2.15.0, less their prefix (AXEOS.md 3.3). It takes port 0 too, which is none. */
const FLAT: Rules = {
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
export const SLOT: Rules = {
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

/** Keys of NerdQAxe (AXEOS.md 3.5). */
const NERD: Rules = {
  URL: text(0, 3999),
  Port: port,
  User: text(0, 3999),
  Password: text(0, 3999),
  TLS: flag,
  EnonceSubscribe: flag
}

/** The pool settings of firmware that has them as flat keys; a miner without a first pool has nothing to do. */
export function flatPoolRows(dialect: Dialect): Row[] {
  const rules = dialect === 'N' ? NERD : FLAT
  const needsRestart = dialect !== 'N'
  return ['stratum', 'fallbackStratum'].flatMap((prefix) =>
    Object.entries(rules).map(([suffix, rule]): Row => {
      const first = prefix === 'stratum' && suffix === 'URL'
      return [prefix + suffix, first ? text(1, 3999) : rule, needsRestart]
    })
  )
}
