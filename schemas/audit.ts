import { Type, type Static } from '@sinclair/typebox'
import { MacSchema, Nullable, pageFields, pageQuery, ref, TimestampSchema } from './common.ts'

export const AuditEntryComponent = Type.Object(
  {
    id: Type.String({ description: 'Counts up: a later entry has a greater one' }),
    at: TimestampSchema,
    actor: Nullable(
      Type.String({ description: 'Name of the token; `anybody` where no token is set; null when nobody was let in' })
    ),
    ip: Type.String({ description: 'Address that the request came from' }),
    method: Type.String(),
    route: Nullable(Type.String({ description: 'The route, without its parameters; null when there is none' })),
    operationId: Nullable(Type.String({ description: 'Its name in the OpenAPI document' })),
    action: Type.String({ description: 'What was asked for, in words' }),
    devices: Type.Array(MacSchema, { description: 'The devices that it is about: the first 50' }),
    deviceCount: Type.Integer({ description: 'How many those are in all' }),
    preset: Type.Optional(Type.String({ description: 'The preset that it is about' })),
    operation: Type.Optional(Type.String({ description: 'The operation that it is about: see `GET /operations/:id`' })),
    statusCode: Type.Integer({ description: 'What it was answered with' }),
    code: Nullable(Type.String({ description: 'Stable name of the error; null when there was none' })),
    requestId: Type.String()
  },
  {
    $id: 'AuditEntry',
    description: 'Who asked for what, and what became of it. Never what was sent along',
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

const word = (description: string) => Type.Optional(Type.String({ minLength: 1, maxLength: 256, description }))
const time = (description: string) => Type.Optional(Type.String({ format: 'date-time', description }))

export const AuditQuerySchema = Type.Object({
  mac: Type.Optional(MacSchema),
  actor: word('Name of a token, exactly'),
  action: word("Part of an action's words or of its `operationId`, in any case"),
  since: time('Not before'),
  until: time('Not after'),
  ...pageQuery(['at'], '-at'),
  limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'Most entries to answer' })
})
export type AuditQuery = Static<typeof AuditQuerySchema>

export const AuditAnswer = Type.Object({
  message: Type.String(),
  data: Type.Array(ref(AuditEntryComponent)),
  ...pageFields
})
