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
  /** What the backend gives to the callback that a client hands over with the event. */
  acknowledgement?: TSchema
  /** The event that answers, to this client alone. */
  answer?: keyof typeof serverEvents
}

/** A route that upgrades to a WebSocket and sends. */
export interface Stream {
  summary: string
  address: string
  params?: TObject
  query?: TObject
  /** The frames that it sends, told apart by their field `type`. */
  frames: TObject[]
}

/** Every Socket.IO event from the backend to its clients. */
export const serverEvents = {
  stat_update: {
    summary: 'A miner has answered a poll; `tracing` is true',
    payload: DeviceSchema
  },
  error: {
    summary: 'A poll has failed; `tracing` is false and `error` says why',
    payload: Type.Object({
      ...DeviceComponent.properties,
      tracing: Type.Literal(false),
      error: Type.String({ description: 'Why the poll failed' })
    })
  },
  device_removed: {
    summary: 'A device is monitored no more',
    payload: Type.Object({
      ipRemoved: AddressSchema,
      macRemoved: MacSchema,
      remainingIps: Type.Array(AddressSchema, { description: 'Of the devices that are still monitored' })
    })
  },
  operation_update: {
    summary: 'An operation has got on: at most ten times a second, and once when it has ended',
    payload: OperationSchema
  },
  logs_update: {
    summary: 'A line of a miner’s log, to the sockets that enabled logs',
    payload: Type.Object({ ...DeviceComponent.properties, info: Type.String({ description: 'The line' }) })
  },
  logsListeningStatus: {
    summary: 'Whether this socket is sent log lines',
    payload: Type.Boolean()
  }
} satisfies Record<string, ServerEvent>

/** Every Socket.IO event from a client to the backend. */
export const clientEvents = {
  enableLogsListening: { summary: 'Send log lines to this socket', answer: 'logsListeningStatus' },
  disableLogsListening: { summary: 'Send no log lines to this socket', answer: 'logsListeningStatus' },
  checkLogsListening: { summary: 'Tell whether this socket is sent log lines', answer: 'logsListeningStatus' },
  subscribe: {
    summary: 'Tell this socket what it names, and, from the first time on, nothing else',
    payload: SubscriptionSchema,
    acknowledgement: SubscriptionAnswerSchema
  },
  unsubscribe: {
    summary: 'Tell this socket no more of what it names',
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

/** What the backend sends with an event. */
export type ServerPayload<E extends keyof typeof serverEvents> = Static<(typeof serverEvents)[E]['payload']>
