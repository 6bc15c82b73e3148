import { Type, type Static } from '@sinclair/typebox'
import { MacSchema, Nullable, pageFields, pageQuery, ref, TimestampSchema } from './common.ts'

export const AuditEntryComponent = Type.Object(
  {
    id: Type.String({ description: 'Ascending: a later entry has a greater id' }),
    at: TimestampSchema,
    actor: Nullable(
      Type.String({ description: 'Name of the token; `anybody` if no token is set; null if access was denied' })
    ),
    ip: Type.String({ description: 'Address of the client' }),
    method: Type.String(),
    route: Nullable(Type.String({ description: 'Pattern of the route; null if the route is unknown' })),
    operationId: Nullable(Type.String({ description: '`operationId` of the route in the OpenAPI document' })),
    action: Type.String({ description: 'Summary of the route' }),
    devices: Type.Array(MacSchema, { description: 'The first 50 devices that the request names' }),
    deviceCount: Type.Integer({ description: 'Number of devices in all' }),
    preset: Type.Optional(Type.String({ description: 'The preset that the request names' })),
    operation: Type.Optional(
      Type.String({ description: 'The operation that the request names or started: see `GET /operations/:id`' })
    ),
    statusCode: Type.Integer({ description: 'Status of the response' }),
    code: Nullable(Type.String({ description: 'Stable name of the error; null if the request succeeded' })),
    requestId: Type.String()
  },
  {
    $id: 'AuditEntry',
    description: 'One changing request: who made it, what it affected, and its result. Never contains its body',
    examples: [
      {
        id: '000000000042',
        at: '2026-09-23T12:16:23.000Z',
        actor: 'operator',
        ip: '192.168.1.5',
        method: 'POST',
        route: '/devices/:id/system/restart',
        operationId: 'restartDevice',
        action: 'Restart a miner',
        devices: ['bc:dd:c2:8d:c8:4f'],
        deviceCount: 1,
        statusCode: 200,
        code: null,
        requestId: '0199751c-5a2f-7000-8000-0c1f7a5d9e21'
      }
    ]
  }
)
export type AuditEntry = Static<typeof AuditEntryComponent>

const text = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 256, description }))
const time = (description: string) => Type.Optional(Type.String({ format: 'date-time', description }))

export const AuditQuerySchema = Type.Object({
  mac: Type.Optional(MacSchema),
  actor: text('Exact name of a token'),
  action: text('Part of the action or the `operationId`, in any case'),
  since: time('Earliest time'),
  until: time('Latest time'),
  ...pageQuery(['at'], '-at'),
  limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'Maximum number of entries' })
})
export type AuditQuery = Static<typeof AuditQuerySchema>

export const AuditAnswer = Type.Object({
  message: Type.String(),
  data: Type.Array(ref(AuditEntryComponent)),
  ...pageFields
})
