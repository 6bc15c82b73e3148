import type { FastifyInstance } from 'fastify'
import type { Socket } from 'socket.io'
import { LOGS, macOfRoom } from './rooms.ts'

/** Lets each client switch the lines of all devices on and off for itself (CONTRACT.md 4). */
export function addLogSwitch(socket: Socket): void {
  const tell = () => socket.emit('logsListeningStatus', socket.rooms.has(LOGS))
  socket.on('enableLogsListening', () => {
    void socket.join(LOGS)
    tell()
  })
  socket.on('disableLogsListening', () => {
    void socket.leave(LOGS)
    tell()
  })
  socket.on('checkLogsListening', tell)
}

/** Keeps the log streams open that some client has joined a room for, and no others. */
export function holdStreamsOfRooms({ io, logs }: FastifyInstance): void {
  const holds = new Map<string, () => void>()
  const { adapter } = io.of('/')
  adapter.on('create-room', (room: string) => {
    if (!room.startsWith(LOGS)) return
    const mac = macOfRoom(room)
    holds.set(room, mac === null ? logs.holdAll() : logs.hold(mac))
  })
  adapter.on('delete-room', (room: string) => {
    holds.get(room)?.()
    holds.delete(room)
  })
}
