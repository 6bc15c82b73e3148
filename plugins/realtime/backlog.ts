import type { Socket } from 'socket.io'
import type { ServerPayload, serverEvents } from '../../schemas/events.ts'
import { SLOW } from './rooms.ts'

export type Message = { [Event in keyof typeof serverEvents]: MessageOf<Event> }[keyof typeof serverEvents]

interface MessageOf<Event extends keyof typeof serverEvents> {
  event: Event
  rooms: string[]
  /** Of several messages with the same key a slow client gets the newest. Without a key it gets none. */
  key: string | null
  /** Made when it is sent, and not at all when nobody is there; undefined is not sent. */
  payload(): ServerPayload<Event> | undefined
}

export interface ReaderLimits {
  /** Messages that may wait for a client before it counts as slow. */
  maxQueued: number
  /** How long a client may leave everything unread, in ms. */
  stuckMs: number
}

/** Watches how a client reads, and keeps for a slow one what it has to be told when it reads again. */
export function createReader(socket: Socket, { maxQueued, stuckMs }: ReaderLimits) {
  const { conn } = socket
  const waiting = new Map<string, Message>()
  let queued = 0
  let stuck: NodeJS.Timeout | undefined

  function fallBehind(): void {
    stuck = setTimeout(() => conn.close(true), stuckMs)
    void socket.join(SLOW)
  }
  function catchUp(): void {
    clearTimeout(stuck)
    stuck = undefined
    void socket.leave(SLOW)
  }
  function sendSome(): void {
    for (const [key, { event, payload }] of [...waiting].slice(0, maxQueued / 2)) {
      waiting.delete(key)
      const content = payload()
      if (content !== undefined) socket.emit(event, content)
    }
  }

  conn.on('packetCreate', () => {
    if (++queued >= maxQueued && !stuck) fallBehind()
  })
  conn.on('drain', () => {
    queued = 0
    if (!stuck) return
    stuck.refresh()
    sendSome()
    if (waiting.size === 0) catchUp()
  })
  socket.once('disconnect', () => clearTimeout(stuck))

  return {
    /** Keeps a message for later, if the client is slow and wants it. */
    keep(message: Message): void {
      if (stuck && message.key !== null && message.rooms.some((room) => socket.rooms.has(room)))
        waiting.set(message.key, message)
    }
  }
}
