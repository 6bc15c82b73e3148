import { once } from 'node:events'
import type { Server, Socket } from 'node:net'

/** Listens and returns the port. Rejects with the socket's error, e.g. `EADDRINUSE`. */
export async function listen(server: Server, port: number, host: string): Promise<number> {
  server.listen({ port, host, backlog: 4096 })
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address ? address.port : port
}

/** Stops listening; resolves once the port is free. Does nothing when the server is not listening. */
export async function unlisten(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  await closed
}

/**
 * Resets a connection (RST) at once. `resetAndDestroy` by itself waits for pending writes, and waits forever when one was
 * queued after the end of the stream.
 */
export function resetConnection(socket: Socket): void {
  socket.resetAndDestroy()
  socket.destroy()
}
