import { Type } from '@sinclair/typebox'
import { ErrorSchema, Nullable } from './common.ts'
import { DeviceSchema } from './device.ts'
import { SettingsResultSchema } from './settings.ts'

/** A whole or partial device, as clients send it back: only writable keys of `info` that differ reach the miner. */
export const SystemPatchSchema = Type.Object({
  info: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  presetUuid: Type.Optional(Nullable(Type.String({ format: 'uuid' }))),
  allowOverclock: Type.Optional(
    Type.Boolean({ description: 'Take frequencies and voltages outside of the lists, up to what the board bears' })
  )
})

export const OtpHeadersSchema = Type.Object({
  'x-totp': Type.Optional(Type.String({ maxLength: 64, description: 'One-time password of a NerdQAxe' })),
  'x-otp-session': Type.Optional(Type.String({ maxLength: 512, description: 'Session token of a NerdQAxe' }))
})

const failures = {
  400: ErrorSchema,
  403: ErrorSchema,
  404: ErrorSchema,
  409: ErrorSchema,
  502: ErrorSchema,
  504: ErrorSchema
}

export const SystemAnswers = {
  200: Type.Composite([Type.Object({ message: Type.String(), data: DeviceSchema }), SettingsResultSchema]),
  ...failures
}

export const CommandAnswers = {
  200: Type.Object({ message: Type.String(), data: DeviceSchema }),
  ...failures
}
