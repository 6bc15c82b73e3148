import type { Duplex } from 'node:stream'

/** How long what clients are told is gathered before it is handed to the kernel. */
const GATHER_MS = 10

/**
 * Hands what clients are told within 10 ms to the kernel at once. Polls are released in ticks, so news come in bursts, and
 * a system call for each of them and each client is most of what telling them costs.
 */
export function createBursts() {
  const sockets = new Set<Duplex>()
  let timer: NodeJS.Timeout | undefined

  /** Engine.io hands over one message, and the others when that one is on its way: so there are two rounds. */
  function pass(): void {
    for (const socket of sockets) {
      socket.uncork()
      socket.cork()
    }
    setImmediate(() => {
      timer = undefined
      for (const socket of sockets) socket.uncork()
    })
  }

  return {
    /** Takes over the connection of a client, until it ends. */
    add(socket: Duplex): void {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    },

    /** Gathers what is written from now on, unless that has begun already. */
    begin(): void {
      if (timer) return
      for (const socket of sockets) socket.cork()
      timer = setTimeout(pass, GATHER_MS)
    }
  }
}
export type Bursts = ReturnType<typeof createBursts>
