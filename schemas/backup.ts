import { Type, type Static } from '@sinclair/typebox'
import { Envelope, ref, TimestampSchema } from './common.ts'

export const RestoredComponent = Type.Object(
  {
    createdAt: TimestampSchema,
    records: Type.Integer({ description: 'Records that were taken in' }),
    imprinted: Type.Integer({ description: 'Devices that are imprinted now' }),
    discovered: Type.Integer({ description: 'Devices that are known to discovery now' }),
    presets: Type.Integer({ description: 'Presets that there are now' }),
    released: Type.Integer({ description: 'Devices that were imprinted before, and are no more' }),
    claimed: Type.Integer({ description: 'Devices that were not imprinted before, and are now' })
  },
  {
    $id: 'Restored',
    description: 'What a backup has brought',
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

/** Lines, which are checked one by one as they come. */
export const BackupBodySchema = Type.Unknown({
  description: 'Lines of JSON: a header, the records, and a last line with their number and checksum',
  examples: ['{"format":"pluto-backup","formatVersion":1,"schemaVersion":1,"keyId":"…","createdAt":"…"}\n…']
})

export const RestoreQuerySchema = Type.Object({
  withoutPasswords: Type.Boolean({
    default: false,
    description: 'Leave the passwords of presets out, where the key that they are sealed with is lost'
  })
})
