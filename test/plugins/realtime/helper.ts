import { io, type Socket } from 'socket.io-client'
import type { Test } from 'tap'

export type Payload = Record<string, unknown>

/** A Socket.IO client; gone when the test ends. */
export function connect(t: Test, url: string, transport: 'websocket' | 'polling' = 'websocket'): Socket {
  const socket = io(url, { path: '/socket/io', transports: [transport], addTrailingSlash: false, forceNew: true })
  t.teardown(() => void socket.disconnect())
  return socket
}

/** The payloads of an event that a client receives. */
export function collect(socket: Socket, event: string): Payload[] {
  const received: Payload[] = []
  socket.on(event, (payload) => received.push(payload))
  return received
}

/** Sends one of the events about log lines and returns the status that answers it. */
export const ask = (socket: Socket, event: string): Promise<boolean> =>
  new Promise((resolve) => {
    socket.once('logsListeningStatus', resolve)
    socket.emit(event)
  })

export const subscribe = (socket: Socket, subscription: unknown, event = 'subscribe'): Promise<unknown> =>
  socket.timeout(5000).emitWithAck(event, subscription)
