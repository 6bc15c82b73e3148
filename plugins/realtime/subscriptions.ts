import { FormatRegistry } from '@sinclair/typebox'
import { Value, ValueErrorType, type ValueError } from '@sinclair/typebox/value'
import type { FastifyInstance } from 'fastify'
import type { Socket } from 'socket.io'
import { canonicalMac } from '../../src/mac.ts'
import { formats } from '../../src/http/validation.ts'
import {
  MAX_SUBSCRIBED_DEVICES,
  SubscriptionSchema,
  type Subscription,
  type SubscriptionAnswer
} from '../../schemas/subscription.ts'
import { countDevices, EVERYTHING, roomsOf } from './rooms.ts'

FormatRegistry.Set('mac', formats.mac)

/** Lets a client choose its events. After its first subscription it receives only those it has subscribed to. */
export function addSubscriptions(socket: Socket, { devices }: FastifyInstance): void {
  handle('subscribe', (subscription) => {
    const unknown = subscription.macs?.findIndex((mac) => !devices.get(canonicalMac(mac))) ?? -1
    if (unknown >= 0) return `macs.${unknown} ${subscription.macs?.[unknown]} is not an imprinted device`
    const rooms = roomsOf(subscription)
    if (countDevices([...socket.rooms, ...rooms]) > MAX_SUBSCRIBED_DEVICES)
      return `macs: a client may subscribe to at most ${MAX_SUBSCRIBED_DEVICES} devices`
    void socket.leave(EVERYTHING)
    void socket.join(rooms)
    return null
  })

  handle('unsubscribe', (subscription) => {
    for (const room of roomsOf(subscription)) void socket.leave(room)
    return null
  })

  /** @param apply returns the error message, or null */
  function handle(event: string, apply: (subscription: Subscription) => string | null): void {
    socket.on(event, (given: unknown, callback: unknown) => {
      const error = Value.Check(SubscriptionSchema, given)
        ? apply(given)
        : messageOf(Value.Errors(SubscriptionSchema, given).First())
      const answer: SubscriptionAnswer = error === null ? { ok: true } : { ok: false, error }
      if (typeof callback === 'function') callback(answer)
    })
  }
}

function messageOf(error: ValueError | undefined): string {
  const field = error?.path.slice(1).replaceAll('/', '.') || 'subscription'
  if (error?.type === ValueErrorType.Union) return `${field} must be "stat", "logs" or "operations"`
  if (error?.type === ValueErrorType.StringFormat) return `${field} must be a MAC address like bc:dd:c2:8d:c8:4f`
  return `${field}: ${error?.message ?? 'is not valid'}`
}
