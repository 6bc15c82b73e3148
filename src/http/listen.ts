import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import type { FastifyInstance } from 'fastify'

/**
 * Listens on all addresses of a host. Fastify would open a second HTTP server for `localhost`, without the limits, the error
 * listener and Socket.IO of the first, and close it at the first connection that cannot be accepted. Here, what listens on
 * another address passes its connections on to the only server.
 * @returns the URL of the first address
 */
export async function listen(
  app: FastifyInstance,
  { port, host }: { port: number; host: string },
  resolve: (host: string) => Promise<string[]> = addressesOf
): Promise<string> {
  const [first = host, ...others] = host === 'localhost' ? await resolve(host) : [host]
  const url = await app.listen({ port, host: first })
  for (const address of others) await listenToo(app, Number(new URL(url).port), address)
  return url
}

async function addressesOf(host: string): Promise<string[]> {
  try {
    return [...new Set((await lookup(host, { all: true })).map(({ address }) => address))]
  } catch {
    return ['127.0.0.1']
  }
}

/** An address that cannot be used, such as ::1 without IPv6, is left out. */
async function listenToo({ log, server, shortages }: FastifyInstance, port: number, host: string): Promise<void> {
  const front: Server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    front.maxConnections = server.maxConnections
    server.emit('connection', socket)
  })
  front.maxConnections = server.maxConnections
  try {
    await once(front.listen({ port, host }), 'listening')
  } catch (err) {
    log.warn({ err, host }, 'an address of localhost cannot be listened on')
    return
  }
  front.on('error', (error) => shortages.report(error, 'accepting a connection'))
  closeTogether(server, front)
  log.info(`also listening at ${host}`)
}

/** The server has closed when its own connections and those passed on to it have ended. */
function closeTogether(server: FastifyInstance['server'], front: Server): void {
  const close = server.close.bind(server)
  const frontClosed = once(front, 'close')
  server.close = (done) => {
    front.close()
    return close((error) => void frontClosed.then(() => done?.(error)))
  }
}
