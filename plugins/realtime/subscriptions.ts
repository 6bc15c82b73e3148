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
import { EVERYTHING, LOGS, macOfRoom, OPERATIONS, STAT } from './rooms.ts'

FormatRegistry.Set('mac', formats.mac)

/** Lets a client choose what it is told. From its first choice on it is told nothing else. */
export function addSubscriptions(socket: Socket, { devices }: FastifyInstance): void {
  answering('subscribe', (subscription) => {
    const stranger = subscription.macs?.findIndex((mac) => !devices.get(canonicalMac(mac))) ?? -1
    if (stranger >= 0) return `macs.${stranger} ${subscription.macs?.[stranger]} is not an imprinted device`
    const rooms = roomsOf(subscription)
    if (countDevices([...socket.rooms, ...rooms]) > MAX_SUBSCRIBED_DEVICES)
      return `macs: a client may name ${MAX_SUBSCRIBED_DEVICES} devices in all`
    void socket.leave(EVERYTHING)
    void socket.join(rooms)
    return null
  })

  answering('unsubscribe', (subscription) => {
    for (const room of roomsOf(subscription)) void socket.leave(room)
    return null
  })

  /** @param take gives what is wrong, or null */
  function answering(event: string, take: (subscription: Subscription) => string | null): void {
    socket.on(event, (given: unknown, callback: unknown) => {
      const error = Value.Check(SubscriptionSchema, given)
        ? take(given)
        : explain(Value.Errors(SubscriptionSchema, given).First())
      const answer: SubscriptionAnswer = error === null ? { ok: true } : { ok: false, error }
      if (typeof callback === 'function') callback(answer)
    })
  }
}

function roomsOf({ macs, topics }: Subscription): string[] {
  const parts = macs ? macs.map(canonicalMac) : ['']
  return topics.flatMap((topic) =>
    topic === 'operations' ? [OPERATIONS] : parts.map((mac) => (topic === 'stat' ? STAT : LOGS) + mac)
  )
}

const countDevices = (rooms: string[]) => new Set(rooms.map(macOfRoom).filter((mac) => mac !== null)).size

function explain(error: ValueError | undefined): string {
  const field = error?.path.slice(1).replaceAll('/', '.') || 'subscription'
  if (error?.type === ValueErrorType.Union) return `${field} must be "stat", "logs" or "operations"`
  if (error?.type === ValueErrorType.StringFormat) return `${field} must be a MAC address like bc:dd:c2:8d:c8:4f`
  return `${field}: ${error?.message ?? 'is not valid'}`
}
