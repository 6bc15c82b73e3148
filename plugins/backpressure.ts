import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { clientKeyOf } from '../src/http/client-key.ts'
import { OverloadedError } from '../src/errors/limits.ts'
import { isChange, MONITORING_ROUTES } from '../src/http/request.ts'

/** Requests that may wait behind another one on their connection (HTTP pipelining). With more, the connection is closed. */
const MAX_PIPELINED = 32

/** Requests of monitoring routes that one address may have in flight: they are exempt from all other limits. */
const MAX_MONITORING = 32

/** Smaller answers are not counted: the number of requests bounds them. */
const LARGE_BYTES = 16_384

/** What a compressed answer holds besides its text, until it has been read: the state of zlib or Brotli. */
const COMPRESSION_BYTES = 524_288

/** What an answer that is a stream holds at most. */
const STREAM_BYTES = 262_144

/** What the requests of one client, or of all of them, hold now. */
interface Usage {
  inFlight: number
  monitoring: number
  unsentBytes: number
}

/** What one request holds until its answer is sent, or its connection ended. */
type Holding = Usage & { key: string; usage: Usage }

declare module 'fastify' {
  interface FastifyInstance {
    /** What the requests of all clients hold now, and how many connections were closed for being too many, or for too many pipelined requests. */
    backpressure: Readonly<Usage> & { readonly closedConnections: number }
  }
}

/**
 * Bounds the requests in flight and the bytes that they hold (bodies being received, answers not read yet): per connection,
 * per address and in all. The requests of one connection are served one after another, so that an answer nobody reads holds
 * back those after it.
 */
export default fp(
  async (app) => {
    const { config } = app
    const queues = new WeakMap<Socket, (() => void)[]>()
    const clients = new Map<string, Usage>()
    const holdings = new WeakMap<IncomingMessage, Holding>()
    const total = { inFlight: 0, monitoring: 0, unsentBytes: 0, closedConnections: 0 }
    app.decorate('backpressure', total)
    app.server.on('drop', () => total.closedConnections++)

    function serveNext(socket: Socket): void {
      const next = queues.get(socket)?.shift()
      if (next) next()
      else queues.delete(socket)
    }

    /** @returns false when the connection ended first: a response on it would never be sent or closed */
    async function waitForConnection({ socket }: IncomingMessage): Promise<boolean> {
      const queue = queues.get(socket)
      if (!queue) queues.set(socket, [])
      else if (queue.length < MAX_PIPELINED) await new Promise<void>((resolve) => queue.push(resolve))
      else {
        if (!socket.destroyed) total.closedConnections++
        socket.destroy()
        return false
      }
      if (!socket.destroyed && !socket.writableEnded) return true
      serveNext(socket)
      return false
    }

    function open({ ip, raw }: FastifyRequest): Holding {
      const key = clientKeyOf(ip)
      const usage = clients.get(key) ?? { inFlight: 0, monitoring: 0, unsentBytes: 0 }
      clients.set(key, usage)
      const holding = { key, usage, inFlight: 0, monitoring: 0, unsentBytes: 0 }
      holdings.set(raw, holding)
      return holding
    }

    function hold(holding: Holding, what: keyof Usage, amount: number): void {
      for (const usage of [holding, holding.usage, total]) usage[what] += amount
    }

    /** Gives back what a request holds. What it sends afterwards is not counted: its connection has ended. */
    function release(request: IncomingMessage): void {
      const holding = holdings.get(request)
      if (!holding) return
      holdings.delete(request)
      const { key, usage, inFlight, monitoring, unsentBytes } = holding
      hold(holding, 'inFlight', -inFlight)
      hold(holding, 'monitoring', -monitoring)
      hold(holding, 'unsentBytes', -unsentBytes)
      if (usage.inFlight + usage.monitoring === 0) clients.delete(key)
    }

    /** @throws {OverloadedError} */
    function holdBytes(holding: Holding, bytes: number, what: string): void {
      const { unsentBytes } = holding.usage
      if (unsentBytes > 0 && unsentBytes + bytes > config.MAX_UNSENT_BYTES / 2)
        throw new OverloadedError(`this address has not ${what}`)
      if (total.unsentBytes > 0 && total.unsentBytes + bytes > config.MAX_UNSENT_BYTES)
        throw new OverloadedError(`clients have not ${what}`)
      hold(holding, 'unsentBytes', bytes)
    }

    app.addHook('onRequest', async (request, reply) => {
      const { raw } = request
      if (!(await waitForConnection(raw))) return reply.hijack()
      const holding = open(request)
      reply.raw.once('close', () => {
        release(raw)
        serveNext(raw.socket)
      })
      if (MONITORING_ROUTES.has(request.routeOptions.url ?? '')) {
        hold(holding, 'monitoring', 1)
        if (holding.usage.monitoring <= MAX_MONITORING) return
        throw new OverloadedError('too many requests of this address are in flight')
      }
      hold(holding, 'inFlight', 1)
      if (holding.usage.inFlight > config.MAX_REQUESTS_PER_ADDRESS)
        throw new OverloadedError('too many requests of this address are in flight')
      if (total.inFlight > config.MAX_REQUESTS) throw new OverloadedError('too many requests are in flight')
      const bytes = bodyBytesOf(request)
      if (bytes >= LARGE_BYTES) holdBytes(holding, bytes, 'finished sending its earlier requests')
    })

    // A WebSocket is not a request in flight: other limits apply to it.
    app.addHook('preHandler', async ({ raw, ws }) => {
      if (ws) release(raw)
    })

    app.addHook('onSend', async (request, reply, payload) => {
      const holding = holdings.get(request.raw)
      const bytes = answerBytesOf(request, payload)
      if (!holding || bytes === 0) return
      // A change has been made already: the client must learn of it.
      if (isChange(request) || MONITORING_ROUTES.has(request.routeOptions.url ?? '') || reply.statusCode >= 400)
        hold(holding, 'unsentBytes', bytes)
      else holdBytes(holding, bytes, 'read earlier answers')
    })
  },
  { name: 'backpressure', dependencies: ['errors'], fastify: '5.x' }
)

/** What the body of a request can hold while it arrives. A body that is passed on as a stream holds no more than its buffers. */
function bodyBytesOf({ headers, routeOptions }: FastifyRequest): number {
  const { bodyLimit = 0 } = routeOptions
  const { 'content-length': length, 'transfer-encoding': encoding } = headers
  const bytes = encoding === undefined ? Number(length ?? 0) : bodyLimit
  return bytes <= bodyLimit ? bytes : 0
}

/** What an answer can hold until it has been read; 0 when that is little. */
function answerBytesOf({ headers }: FastifyRequest, payload: unknown): number {
  const isStream = typeof payload === 'object' && payload !== null && !Buffer.isBuffer(payload)
  const bytes = typeof payload === 'string' || Buffer.isBuffer(payload) ? Buffer.byteLength(payload) : 0
  if (!isStream && bytes < LARGE_BYTES) return 0
  const isCompressed = /\b(br|gzip)\b|\*/.test(String(headers['accept-encoding'] ?? ''))
  return (isStream ? STREAM_BYTES : bytes) + (isCompressed ? COMPRESSION_BYTES : 0)
}
