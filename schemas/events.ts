import { Type, type Static, type TObject, type TSchema } from '@sinclair/typebox'
import { AddressSchema, MacSchema } from './common.ts'
import { DeviceComponent, DeviceSchema } from './device.ts'
import { DeviceParamsSchema } from './imprint.ts'
import { DeviceStreamQuerySchema, FleetStreamQuerySchema, LogStreamFrameSchema } from './log.ts'
import { OperationSchema } from './operation.ts'
import { SubscriptionAnswerSchema, SubscriptionSchema } from './subscription.ts'

export interface ServerEvent {
  summary: string
  payload: TSchema
}

export interface ClientEvent {
  summary: string
  payload?: TSchema
  /** The argument of the callback that a client passes with the event. */
  acknowledgement?: TSchema
  /** The event that this client receives in response. */
  answer?: keyof typeof serverEvents
}

/** A route that upgrades to a WebSocket and sends frames. */
export interface Stream {
  summary: string
  address: string
  params?: TObject
  query?: TObject
  /** The frames that it sends. Their field `type` tells them apart. */
  frames: TObject[]
}

/** Every Socket.IO event from the backend to its clients. */
export const serverEvents = {
  stat_update: {
    summary: 'A poll succeeded; `tracing` is true',
    payload: DeviceSchema
  },
  error: {
    summary: 'A poll failed; `tracing` is false and `error` says why',
    payload: Type.Object({
      ...DeviceComponent.properties,
      tracing: Type.Literal(false),
      error: Type.String({ description: 'Why the poll failed' })
    })
  },
  device_removed: {
    summary: 'A device is no longer monitored',
    payload: Type.Object({
      ipRemoved: AddressSchema,
      macRemoved: MacSchema,
      remainingIps: Type.Array(AddressSchema, { description: 'Addresses of the devices that are still monitored' })
    })
  },
  operation_update: {
    summary: 'An operation has progressed: at most ten times a second, and once at its end',
    payload: OperationSchema
  },
  logs_update: {
    summary: 'A log line of a miner, sent to sockets that enabled or subscribed to logs',
    payload: Type.Object({ ...DeviceComponent.properties, info: Type.String({ description: 'The line' }) })
  },
  logsListeningStatus: {
    summary: 'Whether this socket receives log lines',
    payload: Type.Boolean()
  }
} satisfies Record<string, ServerEvent>

/** Every Socket.IO event from a client to the backend. */
export const clientEvents = {
  enableLogsListening: { summary: 'Start sending log lines to this socket', answer: 'logsListeningStatus' },
  disableLogsListening: { summary: 'Stop sending log lines to this socket', answer: 'logsListeningStatus' },
  checkLogsListening: { summary: 'Get whether this socket receives log lines', answer: 'logsListeningStatus' },
  subscribe: {
    summary: 'Subscribe this socket. After its first subscription it only receives events that it has subscribed to',
    payload: SubscriptionSchema,
    acknowledgement: SubscriptionAnswerSchema
  },
  unsubscribe: {
    summary: 'Remove subscriptions of this socket',
    payload: SubscriptionSchema,
    acknowledgement: SubscriptionAnswerSchema
  }
} satisfies Record<string, ClientEvent>

/** Every WebSocket stream. */
export const streams = {
  deviceLogs: {
    summary: 'Follow the log of a miner',
    address: '/devices/{id}/logs/stream',
    params: DeviceParamsSchema,
    query: DeviceStreamQuerySchema,
    frames: LogStreamFrameSchema.anyOf
  },
  fleetLogs: {
    summary: 'Follow the logs of several miners',
    address: '/logs/stream',
    query: FleetStreamQuerySchema,
    frames: LogStreamFrameSchema.anyOf
  }
} satisfies Record<string, Stream>

/** The payload of an event. */
export type ServerPayload<E extends keyof typeof serverEvents> = Static<(typeof serverEvents)[E]['payload']>
