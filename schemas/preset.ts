import { Type, type Static } from '@sinclair/typebox'
import { Envelope, MacSchema, ref, TimestampSchema } from './common.ts'

const host = (description: string) => Type.String({ minLength: 1, maxLength: 255, description })
const user = (description: string) => Type.String({ minLength: 1, maxLength: 255, description })
const password = (description: string) => Type.String({ maxLength: 255, description, writeOnly: true })
const Port = Type.Union([Type.Integer({ minimum: 1, maximum: 65535 }), Type.String({ format: 'port' })], {
  description: 'A number. A numeric string is accepted and stored as a number',
  examples: [3333]
})

const worker = 'Worker name. `{hostname}` and `{mac}` are replaced by those of each device'

/** The settings of a preset as a client sends them. A setting that is not given stays unchanged on the miner. */
const PresetSettingsSchema = Type.Object(
  {
    stratumURL: host('Pool host. It may include a scheme and a port'),
    stratumPort: Port,
    stratumUser: user(worker),
    stratumPassword: Type.Optional(password('Pool password; never returned')),
    fallbackStratumURL: Type.Optional(host('Host of the fallback pool')),
    fallbackStratumPort: Type.Optional(Port),
    fallbackStratumUser: Type.Optional(user(worker)),
    fallbackStratumPassword: Type.Optional(password('Password of the fallback pool; never returned')),
    frequency: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 65535, description: 'MHz' })),
    coreVoltage: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 65535, description: 'mV' })),
    autofanspeed: Type.Optional(Type.Union([Type.Boolean(), Type.Integer({ minimum: 0, maximum: 3 })])),
    manualFanSpeed: Type.Optional(Type.Number({ minimum: 0, maximum: 100, description: '%' }))
  },
  { additionalProperties: false }
)
export type PresetSettings = Static<typeof PresetSettingsSchema>

/** The settings of a preset as returned to clients, without passwords. */
const PresetConfigurationSchema = Type.Composite([
  Type.Omit(PresetSettingsSchema, ['stratumPassword', 'fallbackStratumPassword', 'stratumPort', 'fallbackStratumPort']),
  Type.Object({
    stratumPort: Type.Integer(),
    fallbackStratumPort: Type.Optional(Type.Integer()),
    hasPassword: Type.Boolean({ description: 'Whether a pool password is stored' }),
    hasFallbackPassword: Type.Boolean({ description: 'Whether a password of the fallback pool is stored' })
  })
])

export const PresetComponent = Type.Object(
  {
    uuid: Type.String({ format: 'uuid' }),
    name: Type.String(),
    configuration: PresetConfigurationSchema,
    associatedDevices: Type.Array(MacSchema, { description: 'Devices that use the preset' }),
    createdAt: TimestampSchema,
    updatedAt: TimestampSchema
  },
  {
    $id: 'Preset',
    examples: [
      {
        uuid: '0199751c-5a2f-7000-8000-0c1f7a5d9e21',
        name: 'Ocean',
        configuration: {
          stratumURL: 'mine.ocean.xyz',
          stratumPort: 3334,
          stratumUser: 'YOUR_BITCOIN_ADDRESS.{hostname}',
          hasPassword: true,
          hasFallbackPassword: false,
          frequency: 525,
          coreVoltage: 1150
        },
        associatedDevices: ['bc:dd:c2:8d:c8:4f'],
        createdAt: '2026-09-20T08:01:12.000Z',
        updatedAt: '2026-09-23T12:16:23.000Z'
      }
    ]
  }
)
export type Preset = Static<typeof PresetComponent>
const PresetSchema = ref(PresetComponent)

/** The settings of a preset as stored. */
export const StoredSettingsSchema = Type.Omit(PresetSettingsSchema, ['stratumPassword', 'fallbackStratumPassword'], {
  additionalProperties: false
})

/** A preset as stored. `secrets` holds the sealed passwords, by field name. */
export interface PresetRecord {
  uuid: string
  name: string
  configuration: Omit<PresetSettings, 'stratumPassword' | 'fallbackStratumPassword'>
  secrets: Partial<Record<'stratumPassword' | 'fallbackStratumPassword', string>>
  createdAt: string
  updatedAt: string
}

export const PresetNameSchema = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' })

/** The form in which the names of two presets must differ: case and surrounding space do not count. */
export const presetNameKey = (name: string): string => name.trim().normalize('NFKC').toLowerCase()

/** Existing clients send a `uuid` of their own (CONTRACT.md 3); it is ignored. */
export const PresetBodySchema = Type.Object(
  { uuid: Type.Optional(Type.Unknown()), name: PresetNameSchema, configuration: PresetSettingsSchema },
  {
    additionalProperties: false,
    examples: [
      {
        name: 'Ocean',
        configuration: {
          stratumURL: 'mine.ocean.xyz',
          stratumPort: 3334,
          stratumUser: 'YOUR_BITCOIN_ADDRESS.{hostname}',
          stratumPassword: 'x',
          fallbackStratumURL: 'solo.ckpool.org',
          fallbackStratumPort: 3333,
          fallbackStratumUser: 'YOUR_BITCOIN_ADDRESS.{hostname}',
          frequency: 525,
          coreVoltage: 1150
        }
      }
    ]
  }
)

export const PresetPatchSchema = Type.Object(
  { name: Type.Optional(PresetNameSchema), configuration: Type.Optional(Type.Partial(PresetSettingsSchema)) },
  {
    additionalProperties: false,
    minProperties: 1,
    examples: [{ configuration: { frequency: 490, coreVoltage: 1100 } }]
  }
)

export const PresetParamsSchema = Type.Object({ id: Type.String({ format: 'uuid' }) })
export const PresetAnswer = Envelope(PresetSchema)
export const PresetsAnswer = Envelope(Type.Array(PresetSchema))
