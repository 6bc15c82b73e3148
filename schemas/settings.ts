import { Type, type Static } from '@sinclair/typebox'

/** One setting that a miner is to be given. Secrets have neither value. */
export const SettingChangeSchema = Type.Object({
  field: Type.String({ description: 'Name in the miner’s own info', examples: ['frequency', 'stratumURL'] }),
  from: Type.Optional(Type.Unknown({ description: 'Value before; left out for secrets' })),
  to: Type.Optional(Type.Unknown({ description: 'Value asked for; left out for secrets' }))
})
export type SettingChange = Static<typeof SettingChangeSchema>

export const SettingRefusalSchema = Type.Object({
  field: Type.String(),
  reason: Type.String({ description: 'Why the miner does not have it' })
})
export type SettingRefusal = Static<typeof SettingRefusalSchema>

/** What became of each setting that was asked for, as read back from the miner afterwards. */
export const SettingsResultSchema = Type.Object({
  applied: Type.Array(SettingChangeSchema, { description: 'Written, and read back' }),
  unchanged: Type.Array(Type.String(), { description: 'Were so already: not written' }),
  notApplied: Type.Array(SettingRefusalSchema, { description: 'Asked for, and not there afterwards' }),
  restartRequired: Type.Boolean({ description: 'The miner takes some of it up at its next restart' })
})
export type SettingsResult = Static<typeof SettingsResultSchema>

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
export const DriftSchema = Type.Object({
  matches: Type.Union([Type.Boolean(), Type.Null()], { description: 'null: the miner has not answered yet' }),
  drift: Type.Array(SettingChangeSchema, {
    description: 'The fields that differ: what the miner has, what the preset says'
  }),
  reason: Type.Optional(Type.String({ description: 'Why the miner cannot have all of the preset' }))
})
export type Drift = Static<typeof DriftSchema>
