import { Type, type Static } from '@sinclair/typebox'
import { ref } from './common.ts'

/** The one-time password that a NerdQAxe requires when its user has enabled it (AXEOS.md 1.7). */
export interface Otp {
  readonly totp?: string | undefined
  readonly session?: string | undefined
}

/** One change of a setting. Secrets have neither value. */
export const SettingChangeComponent = Type.Object(
  {
    field: Type.String({ description: 'Name in the miner’s info', examples: ['frequency', 'stratumURL'] }),
    from: Type.Optional(Type.Unknown({ description: 'Value before; omitted for secrets' })),
    to: Type.Optional(Type.Unknown({ description: 'Requested value; omitted for secrets' }))
  },
  { $id: 'SettingChange', examples: [{ field: 'frequency', from: 490, to: 525 }] }
)
export type SettingChange = Static<typeof SettingChangeComponent>
export const SettingChangeSchema = ref(SettingChangeComponent)

export const SettingRefusalComponent = Type.Object(
  {
    field: Type.String(),
    reason: Type.String({ description: 'Why it was not applied' })
  },
  {
    $id: 'SettingRefusal',
    examples: [{ field: 'fallbackStratumURL', reason: 'this firmware has no such setting' }]
  }
)
export type SettingRefusal = Static<typeof SettingRefusalComponent>
export const SettingRefusalSchema = ref(SettingRefusalComponent)

/** The result for each requested setting, as read back from the miner. */
export const SettingsResultComponent = Type.Object(
  {
    applied: Type.Array(SettingChangeSchema, { description: 'Written and read back' }),
    unchanged: Type.Array(Type.String(), { description: 'Not written: the miner already had the value' }),
    notApplied: Type.Array(SettingRefusalSchema, { description: 'Requested, but not found in what was read back' }),
    restartRequired: Type.Boolean({ description: 'Some of the changes take effect only after a restart' })
  },
  { $id: 'SettingsResult' }
)
export type SettingsResult = Static<typeof SettingsResultComponent>

/** The write that a request requires on one miner. */
export interface SettingsPlan {
  /** Body of `PATCH /api/system` in this firmware's keys, types and shapes; null when nothing has to be written. */
  readonly body: Readonly<Record<string, unknown>> | null
  readonly changes: readonly SettingChange[]
  readonly unchanged: readonly string[]
  /** Requested, but this firmware cannot set it. */
  readonly refused: readonly SettingRefusal[]
  readonly restartRequired: boolean
}

/** How a device differs from its preset. */
export const DriftComponent = Type.Object(
  {
    matches: Type.Union([Type.Boolean(), Type.Null()], { description: 'null until the miner has answered' }),
    drift: Type.Array(SettingChangeSchema, {
      description: 'The fields that differ, from the miner’s value to the preset’s'
    }),
    reason: Type.Optional(Type.String({ description: 'Why the miner cannot have the whole preset' }))
  },
  { $id: 'Drift' }
)
export type Drift = Static<typeof DriftComponent>
