import { Type, type Static } from '@sinclair/typebox'
import { Nullable } from './common.ts'
import { DeviceSchema } from './device.ts'
import { SettingsResultComponent } from './settings.ts'

/** A whole or partial device, as clients send it back. Only writable keys of `info` that differ reach the miner. */
export const SystemPatchSchema = Type.Object(
  {
    info: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    presetUuid: Type.Optional(Nullable(Type.String({ format: 'uuid' }))),
    allowOverclock: Type.Optional(
      Type.Boolean({ description: 'Accept frequencies and voltages outside the lists, up to the limits of the board' })
    )
  },
  {
    examples: [{ info: { frequency: 525, coreVoltage: 1150 } }, { presetUuid: '0199751c-5a2f-7000-8000-0c1f7a5d9e21' }]
  }
)

export const OtpHeadersSchema = Type.Object({
  'x-totp': Type.Optional(Type.String({ maxLength: 64, description: 'One-time password of a NerdQAxe' })),
  'x-otp-session': Type.Optional(Type.String({ maxLength: 512, description: 'Session token of a NerdQAxe' }))
})

/** The one-time password that a NerdQAxe may require, as the client sent it. */
export interface Otp {
  totp?: string
  session?: string
}

export function otpOf({ 'x-totp': totp, 'x-otp-session': session }: Static<typeof OtpHeadersSchema>): Otp {
  return { ...(totp && { totp }), ...(session && { session }) }
}

export const SystemAnswer = Type.Object({
  message: Type.String(),
  data: DeviceSchema,
  ...SettingsResultComponent.properties
})

export const CommandAnswer = Type.Object({ message: Type.String(), data: DeviceSchema })
