import { Type, type Static } from '@sinclair/typebox'
import { Envelope, ref, TimestampSchema } from './common.ts'

export const RestoredComponent = Type.Object(
  {
    createdAt: TimestampSchema,
    records: Type.Integer({ description: 'Records restored' }),
    imprinted: Type.Integer({ description: 'Imprinted devices after the restore' }),
    discovered: Type.Integer({ description: 'Devices known to discovery after the restore' }),
    presets: Type.Integer({ description: 'Presets after the restore' }),
    released: Type.Integer({ description: 'Devices that are no longer imprinted' }),
    claimed: Type.Integer({ description: 'Devices that are newly imprinted' })
  },
  {
    $id: 'Restored',
    description: 'The result of a restore',
    examples: [
      {
        ...{ createdAt: '2026-09-23T12:16:23.000Z', records: 42, imprinted: 10, discovered: 12, presets: 2 },
        ...{ released: 1, claimed: 3 }
      }
    ]
  }
)
export type Restored = Static<typeof RestoredComponent>
export const RestoredAnswer = Envelope(ref(RestoredComponent))

/** Not validated by a schema: the lines are verified one by one as they arrive. */
export const BackupBodySchema = Type.Unknown({
  description: 'Lines of JSON: a header, the records, and a footer with their number and a checksum',
  examples: ['{"format":"pluto-backup","formatVersion":1,"schemaVersion":1,"keyId":"…","createdAt":"…"}\n…']
})

export const RestoreQuerySchema = Type.Object({
  withoutPasswords: Type.Boolean({
    default: false,
    description: 'Omit the passwords of presets, if the key that they are sealed with is lost'
  })
})
