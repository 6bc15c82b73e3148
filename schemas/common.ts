import { Type, type Static, type TSchema } from '@sinclair/typebox'

/** A schema that answers and documents refer to by its name instead of repeating it. It keeps its type. */
export const ref = <T extends TSchema>(component: T) => Type.Unsafe<Static<T>>(Type.Ref(component.$id ?? ''))

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

export const ErrorComponent = Type.Object(
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
  {
    $id: 'Error',
    description: 'The one shape of every error',
    examples: [
      {
        statusCode: 404,
        error: 'Not Found',
        message: 'bc:dd:c2:8d:c8:4f is not an imprinted device: see GET /devices/imprint',
        code: 'PLUTO_DEVICE_NOT_FOUND',
        requestId: '0199751c-5a2f-7000-8000-0c1f7a5d9e21'
      }
    ]
  }
)
export const ErrorSchema = ref(ErrorComponent)

/** The answers of a route that fail, by status. */
export const failures = <const Status extends number>(...statuses: Status[]) =>
  Object.fromEntries(statuses.map((status) => [status, ErrorSchema])) as Record<Status, typeof ErrorSchema>

/** Query parameters of a list that may grow long. Without them the whole list is answered. */
export const pageQuery = (fields: string[], fallback: string) => ({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'Most items to answer' })),
  cursor: Type.Optional(Type.String({ maxLength: 2048, description: '`nextCursor` of the page before' })),
  sort: Type.Unsafe<string>(
    Type.String({
      enum: fields.flatMap((field) => [field, `-${field}`]),
      default: fallback,
      description: 'Field to sort by; `-` in front turns the order round'
    })
  )
})

/** What an answer with a list tells of its other pages. */
export const pageFields = {
  total: Type.Optional(Type.Integer({ description: 'How many there are in all' })),
  nextCursor: Type.Optional(Nullable(Type.String({ description: '`cursor` of the next page; null on the last one' })))
}

/** Wraps a payload as existing clients expect it: `{ message, data }`. */
export const Envelope = <T extends TSchema>(data: T) => Type.Object({ message: Type.String(), data })
