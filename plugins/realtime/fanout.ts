import type { Server, Socket } from 'socket.io'
import type { Bursts } from './bursts.ts'
import { createReader, type Message, type ReaderLimits } from './reader.ts'
import { SLOW } from './rooms.ts'

export const defaultLimits: ReaderLimits = { maxQueued: 256, stuckMs: 30_000 }

/**
 * Makes the way to all clients. A message is encoded once for all who keep up. A client with too many messages waiting is
 * left out, and is told the newest of each kind when it reads again: what waits for it never grows beyond one message for
 * each device. Engine.IO would queue without end.
 */
export function createFanout(io: Server, bursts: Bursts, limits: ReaderLimits) {
  const { adapter } = io.of('/')
  const readers = new Map<Socket, ReturnType<typeof createReader>>()
  io.on('connection', (socket) => {
    readers.set(socket, createReader(socket, limits))
    socket.once('disconnect', () => readers.delete(socket))
  })

  return function publish(message: Message): void {
    const { event, rooms, payload } = message
    if (!rooms.some((room) => adapter.rooms.has(room))) return
    const content = payload()
    if (content === undefined) return
    bursts.begin()
    if (adapter.rooms.has(SLOW)) for (const reader of readers.values()) reader.keep(message)
    io.to(rooms).except(SLOW).emit(event, content)
  }
}
