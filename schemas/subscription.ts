import { Type, type Static } from '@sinclair/typebox'
import { MacSchema } from './common.ts'

/** Most devices that one Socket.IO client may subscribe to. */
export const MAX_SUBSCRIBED_DEVICES = 1000

const TopicSchema = Type.Union([Type.Literal('stat'), Type.Literal('logs'), Type.Literal('operations')], {
  description:
    '`stat`: `stat_update`, `error` and `device_removed`; `logs`: `logs_update`; `operations`: `operation_update` of all operations'
})

/** The events that a Socket.IO client subscribes to, or unsubscribes from. */
export const SubscriptionSchema = Type.Object(
  {
    macs: Type.Optional(
      Type.Array(MacSchema, {
        minItems: 1,
        maxItems: MAX_SUBSCRIBED_DEVICES,
        description: 'Imprinted devices. Unset: all, including those imprinted later'
      })
    ),
    topics: Type.Array(TopicSchema, { minItems: 1, maxItems: 3 })
  },
  { additionalProperties: false }
)
export type Subscription = Static<typeof SubscriptionSchema>

export const SubscriptionAnswerSchema = Type.Union([
  Type.Object({ ok: Type.Literal(true) }),
  Type.Object({
    ok: Type.Literal(false),
    error: Type.String({ description: 'What is wrong, beginning with the name of the field' })
  })
])
export type SubscriptionAnswer = Static<typeof SubscriptionAnswerSchema>
