import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { clientKeyOf } from '../src/client-key.ts'
import { OverloadedError } from '../src/errors/limits.ts'
import { MONITORING_ROUTES } from '../src/http/request.ts'

/** Requests that may wait behind another one on their connection (HTTP pipelining). With more, the connection is closed. */
const MAX_PIPELINED = 32

/** Smaller answers are not counted: the number of requests bounds them. */
const LARGE_BYTES = 16_384

/** What the requests of one client, or of all of them, hold now. */
interface Usage {
  inFlight: number
  unsentBytes: number
}

declare module 'fastify' {
  interface FastifyInstance {
    /** What the requests of all clients hold now, and how many connections were closed for too many pipelined ones. */
    backpressure: Readonly<Usage> & { readonly closedConnections: number }
  }
}

/**
 * Bounds the requests in flight and the bytes that clients have not read yet: per connection, per address and in all. The
 * requests of one connection are served one after another, so that an answer nobody reads holds back those after it.
 */
export default fp(
  async (app) => {
    const { config } = app
    const queues = new WeakMap<Socket, (() => void)[]>()
    const clients = new Map<string, Usage>()
    const total = { inFlight: 0, unsentBytes: 0, closedConnections: 0 }
    app.decorate('backpressure', total)

    function serveNext(socket: Socket): void {
      const next = queues.get(socket)?.shift()
      if (next) next()
      else queues.delete(socket)
    }

    /** @returns false when the connection ended first */
    async function waitForConnection({ socket }: FastifyRequest['raw']): Promise<boolean> {
      const queue = queues.get(socket)
      if (!queue) queues.set(socket, [])
      else if (queue.length < MAX_PIPELINED) await new Promise<void>((resolve) => queue.push(resolve))
      else {
        if (!socket.destroyed) total.closedConnections++
        socket.destroy()
        return false
      }
      if (!socket.destroyed) return true
      serveNext(socket)
      return false
    }

    function usageOf({ ip }: FastifyRequest): Usage {
      const key = clientKeyOf(ip)
      const usage = clients.get(key) ?? { inFlight: 0, unsentBytes: 0 }
      clients.set(key, usage)
      return usage
    }

    /** Adds to what a client holds until its request is over. */
    function hold(request: FastifyRequest, reply: FastifyReply, what: keyof Usage, amount: number): void {
      const usage = usageOf(request)
      usage[what] += amount
      total[what] += amount
      reply.raw.once('close', () => {
        usage[what] -= amount
        total[what] -= amount
        if (usage.inFlight === 0 && usage.unsentBytes === 0) clients.delete(clientKeyOf(request.ip))
      })
    }

    app.addHook('onRequest', async (request, reply) => {
      if (!(await waitForConnection(request.raw))) return reply.hijack()
      reply.raw.once('close', () => serveNext(request.raw.socket))
      hold(request, reply, 'inFlight', 1)
      if (MONITORING_ROUTES.has(request.routeOptions.url ?? '')) return
      if (usageOf(request).inFlight > config.MAX_REQUESTS_PER_ADDRESS)
        throw new OverloadedError('too many requests of this address are in flight')
      if (total.inFlight > config.MAX_REQUESTS) throw new OverloadedError('too many requests are in flight')
    })

    app.addHook('onSend', async (request, reply, payload) => {
      const bytes = typeof payload === 'string' || Buffer.isBuffer(payload) ? payload.length : 0
      if (bytes < LARGE_BYTES) return
      const { unsentBytes } = usageOf(request)
      if (unsentBytes > 0 && unsentBytes + bytes > config.MAX_UNSENT_BYTES / 2)
        throw new OverloadedError('this address has not read its earlier answers')
      if (total.unsentBytes > 0 && total.unsentBytes + bytes > config.MAX_UNSENT_BYTES)
        throw new OverloadedError('clients have not read their earlier answers')
      hold(request, reply, 'unsentBytes', bytes)
    })
  },
  { name: 'backpressure', dependencies: ['errors'], fastify: '5.x' }
)
