import { Type, type TSchema } from '@sinclair/typebox'

/** A value that a miner may not have: null stands for missing, unreadable and "no sensor". */
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export const MacSchema = Type.String({
  format: 'mac',
  description: 'Hardware address: any case, `:` or `-` between the pairs. Answers use lower case and `:`.',
  examples: ['bc:dd:c2:8d:c8:4f']
})

export const AddressSchema = Type.String({
  format: 'address',
  description: 'IPv4 address of the miner, with `:port` unless it is 80',
  examples: ['192.168.1.20', '192.168.1.20:8001']
})

export const TimestampSchema = Type.String({ format: 'date-time', examples: ['2026-09-23T12:16:23.000Z'] })

export const ErrorSchema = Type.Object(
  {
    statusCode: Type.Integer({ examples: [404] }),
    error: Type.String({ description: 'The status in words', examples: ['Not Found'] }),
    message: Type.String({ description: 'What is wrong and what to do about it' }),
    code: Type.String({ description: 'Stable name of the error', examples: ['PLUTO_DEVICE_NOT_FOUND'] }),
    details: Type.Optional(
      Type.Array(Type.Object({ path: Type.String(), message: Type.String() }), {
        description: 'One entry for each field that was wrong'
      })
    ),
    requestId: Type.String()
  },
  { description: 'The one shape of every error' }
)

/** Wraps a payload as existing clients expect it: `{ message, data }`. */
export const Envelope = <T extends TSchema>(data: T) => Type.Object({ message: Type.String(), data })
