import { createServer, type Server, type Socket } from 'node:net'
import type { Server as HttpServer } from 'node:http'
import { resetConnection } from './sockets.ts'
import { loopbackOf } from '../fleet/addresses.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { isUnreachable, type MinerState } from '../miner/state.ts'

/**
 * Creates the one listener of all miners. A connection belongs to the miner whose address it was made to. Connections that are
 * not loopback at both ends, or that match no miner, are dropped.
 */
export function createListener(fleet: Fleet, http: HttpServer): Server {
  const waiting = new Map<MinerState, Socket[]>()
  return createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    const state = fleet.at(loopbackOf(socket.localAddress))
    if (!state || loopbackOf(socket.remoteAddress) === null) socket.destroy()
    else if (isUnreachable(state)) resetConnection(socket)
    else admit(state, socket)
  })

  function admit(state: MinerState, socket: Socket): void {
    const { maxSockets, purgesOldest } = state.profile.firmware
    if (state.sockets.size >= maxSockets && !purgesOldest) return hold(state, socket)
    if (state.sockets.size >= maxSockets) oldestOf(state)?.destroy()
    state.sockets.add(socket)
    socket.once('close', () => {
      state.sockets.delete(socket)
      const next = waiting.get(state)?.shift()
      if (next) admit(state, next)
    })
    http.emit('connection', socket)
    socket.resume()
  }

  /** The firmware stops accepting: the connection is established, but nothing reads it (AXEOS.md 5.1). */
  function hold(state: MinerState, socket: Socket): void {
    const queue = waiting.get(state) ?? []
    waiting.set(state, queue)
    queue.push(socket)
    socket.once('close', () => void (queue.includes(socket) && queue.splice(queue.indexOf(socket), 1)))
  }
}

function oldestOf({ sockets }: MinerState): Socket | undefined {
  const [oldest] = sockets
  return oldest
}

/** Marks a socket as the most recently used. Only received data counts as use (AXEOS.md 1.4). */
export function markUsed({ sockets }: MinerState, socket: Socket): void {
  if (sockets.delete(socket)) sockets.add(socket)
}
