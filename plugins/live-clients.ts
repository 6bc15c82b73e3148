import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import fp from 'fastify-plugin'

/** Clients wait for an answer before they poll again; more unfinished requests on one connection are no client's. */
const MAX_PIPELINED = 8
const CHECK_MS = 1000
/** Once over the limit, clients are dropped until this part of it is left. */
const REMAINING = 0.75

/** What holds data for a client that it has not read. */
interface LiveClient {
  unsentBytes(): number
  /** Ends the client and frees what it holds. */
  drop(): void
}

interface LiveClients {
  /** Counts a client. @returns the function that forgets it */
  add(client: LiveClient): () => void
  /** Tells that bytes were queued for a client, before the queue can outgrow the limit. */
  queued(bytes: number): void
  /** Bytes that live clients have not read, as last measured. */
  readonly unsentBytes: number
  /** Clients dropped because all of them together held too much. */
  readonly dropped: number
}

declare module 'fastify' {
  interface FastifyInstance {
    liveClients: LiveClients
  }
}

/**
 * Bounds the bytes that Socket.IO clients and log viewers together have not read: to half of MAX_UNSENT_BYTES, on top of
 * what answers hold. Beyond it those with the most are dropped. Connections are counted here, queues by who owns them.
 */
export default fp(
  async (app) => {
    const limit = app.config.MAX_UNSENT_BYTES / 2
    const clients = new Set<LiveClient>()
    const known = new WeakMap<Duplex, Set<ServerResponse>>()
    let measured = 0
    let queuedSince = 0
    let dropped = 0

    function measure(): void {
      const sizes = [...clients].map((client) => [client, client.unsentBytes()] as const)
      measured = sizes.reduce((sum, [, bytes]) => sum + bytes, 0)
      queuedSince = 0
      if (measured <= limit) return
      for (const [client, bytes] of sizes.sort((a, b) => b[1] - a[1])) {
        if (measured <= limit * REMAINING) break
        measured -= bytes
        dropped++
        clients.delete(client)
        client.drop()
      }
      app.log.warn({ dropped }, 'live clients that do not read were disconnected')
    }

    function add(client: LiveClient): () => void {
      clients.add(client)
      return () => void clients.delete(client)
    }

    app.decorate('liveClients', {
      add,
      queued(bytes: number) {
        queuedSince += bytes
        if (measured + queuedSince > limit) measure()
      },
      get unsentBytes() {
        return measured
      },
      get dropped() {
        return dropped
      }
    })

    /** @returns the unfinished responses of a connection, of which Node.js sends one at a time */
    function follow(socket: Duplex): Set<ServerResponse> {
      const followed = known.get(socket)
      if (followed) return followed
      const responses = new Set<ServerResponse>()
      known.set(socket, responses)
      const forget = add({
        unsentBytes: () =>
          [...responses].reduce((sum, response) => sum + response.writableLength, socket.writableLength),
        drop: () => socket.destroy()
      })
      socket.once('close', forget)
      return responses
    }

    /** Socket.IO answers its polls itself: no hook of Fastify sees them. */
    function followPoll({ socket, url = '' }: IncomingMessage, response: ServerResponse): void {
      if (!/^\/socket\/io\/?\?(.*&)?EIO=/.test(url)) return
      const responses = follow(socket)
      responses.add(response)
      response.once('close', () => responses.delete(response))
      if (responses.size > MAX_PIPELINED) socket.destroy()
    }

    app.server.on('upgrade', (_request: IncomingMessage, socket: Duplex) => void follow(socket))
    const timer = setInterval(measure, CHECK_MS).unref()
    app.addHook('onReady', async () => void app.server.prependListener('request', followPoll))
    app.addHook('onClose', async () => clearInterval(timer))
  },
  { name: 'liveClients', fastify: '5.x' }
)
