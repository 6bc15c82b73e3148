import { io, type Socket } from 'socket.io-client'
import type { Test } from 'tap'

export type Payload = Record<string, unknown>

/** A Socket.IO client; gone when the test ends. */
export function connect(t: Test, url: string, transport: 'websocket' | 'polling' = 'websocket'): Socket {
  const socket = io(url, { path: '/socket/io', transports: [transport], addTrailingSlash: false, forceNew: true })
  t.teardown(() => void socket.disconnect())
  return socket
}

/** Everything that a client is told with an event. */
export function collect(socket: Socket, event: string): Payload[] {
  const heard: Payload[] = []
  socket.on(event, (payload) => heard.push(payload))
  return heard
}

/** Sends one of the events about log lines and gives the answer. */
export const ask = (socket: Socket, event: string): Promise<boolean> =>
  new Promise((resolve) => {
    socket.once('logsListeningStatus', resolve)
    socket.emit(event)
  })

export const subscribe = (socket: Socket, subscription: unknown, event = 'subscribe'): Promise<unknown> =>
  socket.timeout(5000).emitWithAck(event, subscription)
