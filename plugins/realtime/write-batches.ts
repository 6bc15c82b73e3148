import type { Duplex } from 'node:stream'

const BATCH_MS = 10

/**
 * Batches the writes to all clients for 10 ms. Polls start in ticks, so events come in bursts, and one system call per
 * event and client is most of the cost of sending them.
 */
export function createWriteBatches() {
  const sockets = new Set<Duplex>()
  let timer: NodeJS.Timeout | undefined

  /** Engine.IO writes one message, and the others once that one is sent: so there are two rounds. */
  function flush(): void {
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
    /** Adds the connection of a client, until it closes. */
    add(socket: Duplex): void {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    },

    /** Begins a batch, unless one is open. */
    begin(): void {
      if (timer) return
      for (const socket of sockets) socket.cork()
      timer = setTimeout(flush, BATCH_MS)
    }
  }
}
export type WriteBatches = ReturnType<typeof createWriteBatches>
