import type { FastifyInstance } from 'fastify'
import type { Socket } from 'socket.io'
import { LOGS, macOfRoom } from './rooms.ts'

/** Handles the events by which a client turns the log lines of all devices on and off for itself (CONTRACT.md 4). */
export function addLogListening(socket: Socket): void {
  const sendStatus = () => socket.emit('logsListeningStatus', socket.rooms.has(LOGS))
  socket.on('enableLogsListening', () => {
    void socket.join(LOGS)
    sendStatus()
  })
  socket.on('disableLogsListening', () => {
    void socket.leave(LOGS)
    sendStatus()
  })
  socket.on('checkLogsListening', sendStatus)
}

/** Keeps the log streams of miners open only while a client is in a room that receives their lines. */
export function followLogRooms({ io, logs }: FastifyInstance): void {
  const releases = new Map<string, () => void>()
  const { adapter } = io.of('/')
  adapter.on('create-room', (room: string) => {
    if (!room.startsWith(LOGS)) return
    const mac = macOfRoom(room)
    releases.set(room, mac === null ? logs.keepAllOpen() : logs.keepOpen(mac))
  })
  adapter.on('delete-room', (room: string) => {
    releases.get(room)?.()
    releases.delete(room)
  })
}
