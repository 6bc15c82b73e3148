import { Type, type Static } from '@sinclair/typebox'
import { AddressSchema, Envelope, MacSchema, Nullable, pageFields, pageQuery, ref } from './common.ts'
import { DeviceComponent, DeviceSchema, DeviceStateSchema } from './device.ts'

export const DeviceParamsSchema = Type.Object({ id: MacSchema })

export const MacsBodySchema = Type.Object(
  { macs: Type.Array(MacSchema, { minItems: 1, maxItems: 10_000, description: 'Exact MACs' }) },
  { additionalProperties: false, examples: [{ macs: ['bc:dd:c2:8d:c8:4f', 'bc:dd:c2:8d:c8:50'] }] }
)

export const MacBodySchema = Type.Object(
  { mac: MacSchema },
  { additionalProperties: false, examples: [{ mac: 'bc:dd:c2:8d:c8:4f' }] }
)

const deviceFields = Object.keys(DeviceComponent.properties)

export const ListQuerySchema = Type.Object({
  q: Type.Optional(Type.String({ maxLength: 256, description: 'Part of an IP, a MAC or a host name' })),
  state: Type.Optional(DeviceStateSchema),
  model: Type.Optional(Type.String({ maxLength: 256, description: 'Family name, such as `Gamma`' })),
  fields: Type.Optional(
    Type.String({
      pattern: `^(${deviceFields.join('|')})(,(${deviceFields.join('|')}))*$`,
      description: `Fields to return in addition to \`mac\`: any of ${deviceFields.join(', ')}`,
      examples: ['ip,state']
    })
  ),
  ...pageQuery(['createdAt', 'hostname', 'ip', 'lastSeen', 'mac', 'model', 'state'], '-createdAt')
})
export type ListQuery = Static<typeof ListQuerySchema>

/** A device in a list: whole, or only the requested fields. */
export const DeviceItemComponent = Type.Object(
  { ...Type.Partial(DeviceComponent).properties, mac: MacSchema },
  {
    $id: 'DeviceItem',
    description: 'A device in a list: whole, or only the requested fields',
    examples: DeviceComponent.examples
  }
)
export const DeviceListAnswer = Type.Object({
  message: Type.String(),
  data: Type.Array(ref(DeviceItemComponent)),
  ...pageFields
})

export const ListenBodySchema = Type.Object(
  {
    macs: Type.Array(MacSchema, {
      maxItems: 10_000,
      description: 'The devices to monitor; all others are not monitored'
    }),
    traceLogs: Type.Optional(Type.Boolean({ description: 'Keep their log streams open as well' }))
  },
  { additionalProperties: false, examples: [{ macs: ['bc:dd:c2:8d:c8:4f', 'bc:dd:c2:8d:c8:50'] }] }
)

/** The fields of a device that a user may edit. Clients send whole devices back; other fields are ignored. */
export const DeviceEditSchema = Type.Object(
  {
    device: Type.Object({
      ip: Type.Optional(AddressSchema),
      type: Type.Optional(Type.String({ maxLength: 256 })),
      presetUuid: Type.Optional(Nullable(Type.String({ format: 'uuid' })))
    })
  },
  { examples: [{ device: { type: 'Gamma in the attic' } }] }
)

export const DeviceAnswer = Envelope(DeviceSchema)
export const DevicesAnswer = Envelope(Type.Array(DeviceSchema))
