import { Type, type Static } from '@sinclair/typebox'
import { MacSchema } from './common.ts'

/** Devices that one Socket.IO client may name in its subscriptions. */
export const MAX_SUBSCRIBED_DEVICES = 1000

const TopicSchema = Type.Union([Type.Literal('stat'), Type.Literal('logs'), Type.Literal('operations')], {
  description:
    '`stat`: `stat_update`, `error` and `device_removed`; `logs`: `logs_update`; `operations`: `operation_update` of all operations'
})

/** What a Socket.IO client wants to be told, or not to be told any more. */
export const SubscriptionSchema = Type.Object(
  {
    macs: Type.Optional(
      Type.Array(MacSchema, {
        minItems: 1,
        maxItems: MAX_SUBSCRIBED_DEVICES,
        description: 'Imprinted devices. Unset: all of them, those included that come later'
      })
    ),
    topics: Type.Array(TopicSchema, { minItems: 1, maxItems: 3 })
  },
  { additionalProperties: false }
)
export type Subscription = Static<typeof SubscriptionSchema>

export const SubscriptionAnswerSchema = Type.Union([
  Type.Object({ ok: Type.Literal(true) }),
  Type.Object({ ok: Type.Literal(false), error: Type.String({ description: 'Begins with the field that is wrong' }) })
])
export type SubscriptionAnswer = Static<typeof SubscriptionAnswerSchema>
