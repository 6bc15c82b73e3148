import { once } from 'node:events'
import type { Server } from 'node:net'

/** Listens and gives the port; rejects with the socket's error, e.g. `EADDRINUSE`. */
export async function listen(server: Server, port: number, host: string): Promise<number> {
  server.listen({ port, host, backlog: 4096 })
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address ? address.port : port
}

/** Stops listening; resolves when the port is free. Does nothing when it does not listen. */
export async function unlisten(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  await closed
}
