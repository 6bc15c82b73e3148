import { Type } from '@sinclair/typebox'
import { AddressSchema, Envelope, MacSchema, Nullable } from './common.ts'
import { DeviceSchema } from './device.ts'

export const DeviceParamsSchema = Type.Object({ id: MacSchema })

export const MacsBodySchema = Type.Object(
  { macs: Type.Array(MacSchema, { minItems: 1, maxItems: 10_000, description: 'Exact MACs' }) },
  { additionalProperties: false }
)

export const MacBodySchema = Type.Object({ mac: MacSchema }, { additionalProperties: false })

export const ListQuerySchema = Type.Object({
  q: Type.Optional(Type.String({ maxLength: 256, description: 'Part of an IP, a MAC or a host name' }))
})

export const ListenBodySchema = Type.Object(
  {
    macs: Type.Array(MacSchema, { maxItems: 10_000, description: 'The devices to monitor; no others will be' }),
    traceLogs: Type.Optional(Type.Boolean({ description: 'Open their log streams as well' }))
  },
  { additionalProperties: false }
)

/** What a user may edit of a device. Clients send whole devices back: everything else in them is passed over. */
export const DeviceEditSchema = Type.Object({
  device: Type.Object({
    ip: Type.Optional(AddressSchema),
    type: Type.Optional(Type.String({ maxLength: 256 })),
    presetUuid: Type.Optional(Nullable(Type.String({ format: 'uuid' })))
  })
})

export const DeviceAnswer = Envelope(DeviceSchema)
export const DevicesAnswer = Envelope(Type.Array(DeviceSchema))
