import { Type, type Static, type TSchema } from '@sinclair/typebox'

/** A reference to a named schema, with its static type. */
export const ref = <T extends TSchema>(component: T) => Type.Unsafe<Static<T>>(Type.Ref(component.$id ?? ''))

/** A schema that also allows null: the value is missing or unreadable, or the miner has no such sensor. */
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

export const MacSchema = Type.String({
  format: 'mac',
  description: 'MAC address, in any case, separated by `:` or `-`. Responses use lower case and `:`.',
  examples: ['bc:dd:c2:8d:c8:4f']
})

export const AddressSchema = Type.String({
  format: 'address',
  description: 'IPv4 address of the miner, with `:port` unless the port is 80',
  examples: ['192.168.1.20', '192.168.1.20:8001']
})

export const TimestampSchema = Type.String({ format: 'date-time', examples: ['2026-09-23T12:16:23.000Z'] })

export const ErrorComponent = Type.Object(
  {
    statusCode: Type.Integer({ examples: [404] }),
    error: Type.String({ description: 'Text of the status', examples: ['Not Found'] }),
    message: Type.String({ description: 'What is wrong and what to do' }),
    code: Type.String({ description: 'Stable name of the error', examples: ['PLUTO_DEVICE_NOT_FOUND'] }),
    details: Type.Optional(
      Type.Array(Type.Object({ path: Type.String(), message: Type.String() }), {
        description: 'One entry per invalid field'
      })
    ),
    requestId: Type.String()
  },
  {
    $id: 'Error',
    description: 'The shape of every error',
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

/** Error responses of a route by status. */
export const failures = <const Status extends number>(...statuses: Status[]) =>
  Object.fromEntries(statuses.map((status) => [status, ErrorSchema])) as Record<Status, typeof ErrorSchema>

/** Query parameters of a list with pages. Without them the response is the whole list. */
export const pageQuery = (fields: string[], fallback: string) => ({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'Maximum number of items' })),
  cursor: Type.Optional(Type.String({ maxLength: 2048, description: '`nextCursor` of the previous page' })),
  sort: Type.Unsafe<string>(
    Type.String({
      enum: fields.flatMap((field) => [field, `-${field}`]),
      default: fallback,
      description: 'Field to sort by; a leading `-` means descending'
    })
  )
})

/** Fields of a response with a page. */
export const pageFields = {
  total: Type.Optional(Type.Integer({ description: 'Number of items in the whole list' })),
  nextCursor: Type.Optional(Nullable(Type.String({ description: '`cursor` of the next page; null on the last page' })))
}

/** The envelope that existing clients expect: `{ message, data }`. */
export const Envelope = <T extends TSchema>(data: T) => Type.Object({ message: Type.String(), data })
