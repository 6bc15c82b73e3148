import { io, type Socket } from 'socket.io-client'
import type { SecretScanner } from './measures/secret-scanner.ts'

export interface Listener {
  socket: Socket
  events(): number
  leave(): void
}

/** Connects a Socket.IO client that receives all events, log lines included. */
export function listen(url: string, watch: SecretScanner, transport: 'websocket' | 'polling' = 'websocket'): Listener {
  const options = { path: '/socket/io', addTrailingSlash: false, forceNew: true, transports: [transport] }
  const socket = io(url, options)
  let events = 0
  socket.on('connect', () => socket.emit('enableLogsListening'))
  socket.onAny((name: string, ...payload: unknown[]) => {
    events++
    watch.search('events', name, JSON.stringify(payload))
  })
  return { socket, events: () => events, leave: () => void socket.disconnect() }
}
