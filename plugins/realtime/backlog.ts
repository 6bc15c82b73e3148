import type { FastifyInstance } from 'fastify'
import type { Socket } from 'socket.io'
import type { ServerPayload, serverEvents } from '../../schemas/events.ts'
import { SLOW } from './rooms.ts'

export type Message = { [Event in keyof typeof serverEvents]: MessageOf<Event> }[keyof typeof serverEvents]

interface MessageOf<Event extends keyof typeof serverEvents> {
  event: Event
  rooms: string[]
  /** A slow client only receives the newest message with a key, and none without. */
  key: string | null
  /** Called when the message is sent, and only if a client receives it. A payload of undefined is not sent. */
  payload(): ServerPayload<Event> | undefined
}

export interface BacklogLimits {
  /** Messages that may be queued for a client before it counts as slow. */
  maxQueued: number
  /** The same for their length together, in characters. */
  maxQueuedChars: number
  /** How long a slow client may read nothing before it is disconnected, in ms. */
  stuckMs: number
}

/**
 * Creates the backlog of one client. A client with too many queued messages joins the room `SLOW`, which broadcasts leave
 * out. Its backlog keeps the newest message of each key, and sends them as the client reads again.
 * @param liveClients counts what is queued, and drops the client when all of them hold too much
 */
export function createBacklog(
  socket: Socket,
  { maxQueued, maxQueuedChars, stuckMs }: BacklogLimits,
  liveClients: FastifyInstance['liveClients']
) {
  const { conn } = socket
  const waiting = new Map<string, Message>()
  let queued = 0
  let queuedChars = 0
  let stuck: NodeJS.Timeout | undefined

  function becomeSlow(): void {
    stuck = setTimeout(() => conn.close(true), stuckMs)
    void socket.join(SLOW)
  }
  function catchUp(): void {
    clearTimeout(stuck)
    stuck = undefined
    void socket.leave(SLOW)
  }
  function sendWaiting(): void {
    for (const [key, { event, payload }] of [...waiting].slice(0, maxQueued / 2)) {
      if (queuedChars > maxQueuedChars / 2) return
      waiting.delete(key)
      const content = payload()
      if (content !== undefined) socket.emit(event, content)
    }
  }

  conn.on('packetCreate', ({ data }: { data?: unknown }) => {
    const chars = typeof data === 'string' ? data.length : 0
    queued++
    queuedChars += chars
    if ((queued >= maxQueued || queuedChars >= maxQueuedChars) && !stuck) becomeSlow()
    liveClients.queued(chars)
  })
  const forget = liveClients.add({ unsentBytes: () => queuedChars, drop: () => conn.close(true) })
  conn.on('drain', () => {
    queued = 0
    queuedChars = 0
    if (!stuck) return
    stuck.refresh()
    sendWaiting()
    if (waiting.size === 0) catchUp()
  })
  socket.once('disconnect', () => {
    clearTimeout(stuck)
    forget()
  })

  return {
    /** Keeps a message for later if the client is slow and in one of its rooms. */
    add(message: Message): void {
      if (stuck && message.key !== null && message.rooms.some((room) => socket.rooms.has(room)))
        waiting.set(message.key, message)
    }
  }
}
export type Backlog = ReturnType<typeof createBacklog>
