import { Type, type Static, type TSchema } from '@sinclair/typebox'
import { AddressSchema, MacSchema } from './common.ts'
import { DeviceComponent, DeviceSchema } from './device.ts'
import { OperationSchema } from './operation.ts'

interface ServerEvent {
  summary: string
  payload: TSchema
}

interface ClientEvent {
  summary: string
  payload?: TSchema
  /** What the backend gives to the callback that a client hands over with the event. */
  acknowledgement?: TSchema
  /** The event that answers, to this client alone. */
  answer?: keyof typeof serverEvents
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
  checkLogsListening: { summary: 'Tell whether this socket is sent log lines', answer: 'logsListeningStatus' }
} satisfies Record<string, ClientEvent>

type Payload<E> = E extends { payload: infer S extends TSchema } ? [payload: Static<S>] : []
type Callback<E> = E extends { acknowledgement: infer S extends TSchema } ? [callback: (answer: Static<S>) => void] : []

/** For `Server<ClientToServerEvents, ServerToClientEvents>` and, the other way round, for a client's `Socket`. */
export type ServerToClientEvents = {
  [E in keyof typeof serverEvents]: (...payload: Payload<(typeof serverEvents)[E]>) => void
}
export type ClientToServerEvents = {
  [E in keyof typeof clientEvents]: (
    ...payload: [...Payload<(typeof clientEvents)[E]>, ...Callback<(typeof clientEvents)[E]>]
  ) => void
}
