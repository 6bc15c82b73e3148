import type { FastifyInstance } from 'fastify'
import type { Socket } from 'socket.io'
import { createBacklog, type Backlog, type BacklogLimits, type Message } from './backlog.ts'
import { SLOW } from './rooms.ts'
import type { WriteBatches } from './write-batches.ts'

export const defaultLimits: BacklogLimits = { maxQueued: 256, maxQueuedChars: 1_048_576, stuckMs: 30_000 }

/**
 * Creates the function that sends a message to all clients in its rooms. It is encoded once for all clients that keep up.
 * The backlog of a slow one holds at most one message per key, whereas the queue of Engine.IO has no limit.
 */
export function createFanout(
  { io, liveClients }: Pick<FastifyInstance, 'io' | 'liveClients'>,
  batches: WriteBatches,
  limits: BacklogLimits
) {
  const { adapter } = io.of('/')
  const backlogs = new Map<Socket, Backlog>()
  io.on('connection', (socket) => {
    backlogs.set(socket, createBacklog(socket, limits, liveClients))
    socket.once('disconnect', () => backlogs.delete(socket))
  })

  return function publish(message: Message): void {
    const { event, rooms, payload } = message
    if (!rooms.some((room) => adapter.rooms.has(room))) return
    const content = payload()
    if (content === undefined) return
    batches.begin()
    if (adapter.rooms.has(SLOW)) for (const backlog of backlogs.values()) backlog.add(message)
    io.to(rooms).except(SLOW).emit(event, content)
  }
}
