import { Type, type Static } from '@sinclair/typebox'
import { ref } from './common.ts'

/** One setting that a miner is to be given. Secrets have neither value. */
export const SettingChangeComponent = Type.Object(
  {
    field: Type.String({ description: 'Name in the miner’s own info', examples: ['frequency', 'stratumURL'] }),
    from: Type.Optional(Type.Unknown({ description: 'Value before; left out for secrets' })),
    to: Type.Optional(Type.Unknown({ description: 'Value asked for; left out for secrets' }))
  },
  { $id: 'SettingChange', examples: [{ field: 'frequency', from: 490, to: 525 }] }
)
export type SettingChange = Static<typeof SettingChangeComponent>
export const SettingChangeSchema = ref(SettingChangeComponent)

export const SettingRefusalComponent = Type.Object(
  {
    field: Type.String(),
    reason: Type.String({ description: 'Why the miner does not have it' })
  },
  {
    $id: 'SettingRefusal',
    examples: [{ field: 'fallbackStratumURL', reason: 'this firmware has no such setting' }]
  }
)
export type SettingRefusal = Static<typeof SettingRefusalComponent>
export const SettingRefusalSchema = ref(SettingRefusalComponent)

/** What became of each setting that was asked for, as read back from the miner afterwards. */
export const SettingsResultComponent = Type.Object(
  {
    applied: Type.Array(SettingChangeSchema, { description: 'Written, and read back' }),
    unchanged: Type.Array(Type.String(), { description: 'Were so already: not written' }),
    notApplied: Type.Array(SettingRefusalSchema, { description: 'Asked for, and not there afterwards' }),
    restartRequired: Type.Boolean({ description: 'The miner takes some of it up at its next restart' })
  },
  { $id: 'SettingsResult' }
)
export type SettingsResult = Static<typeof SettingsResultComponent>
export const SettingsResultSchema = ref(SettingsResultComponent)

/** The write that a request comes down to on one miner. */
export interface SettingsPlan {
  /** Body of `PATCH /api/system` in this firmware's keys, types and shapes; null when there is nothing to write. */
  readonly body: Readonly<Record<string, unknown>> | null
  readonly changes: readonly SettingChange[]
  readonly unchanged: readonly string[]
  /** Asked for, but this firmware has no such setting. */
  readonly refused: readonly SettingRefusal[]
  readonly restartRequired: boolean
}

/** How far a device is from the preset that it uses. */
export const DriftComponent = Type.Object(
  {
    matches: Type.Union([Type.Boolean(), Type.Null()], { description: 'null: the miner has not answered yet' }),
    drift: Type.Array(SettingChangeSchema, {
      description: 'The fields that differ: what the miner has, what the preset says'
    }),
    reason: Type.Optional(Type.String({ description: 'Why the miner cannot have all of the preset' }))
  },
  { $id: 'Drift' }
)
export type Drift = Static<typeof DriftComponent>
export const DriftSchema = ref(DriftComponent)
