import type { Server } from 'node:net'
import { getHeapStatistics } from 'node:v8'
import underPressure from '@fastify/under-pressure'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { OverloadedError } from '../src/errors/limits.ts'

/** Routes that are never refused: operators need them most during an overload. */
const EXEMPT = new Set(['/healthz', '/readyz', '/metrics'])
const LOG_INTERVAL_MS = 10_000

/** Long enough to average out a single long pause, as slow machines have. */
const SAMPLE_MS = 5000

export interface OverloadOptions {
  /** Time over which the event-loop delay is averaged. */
  sampleMs?: number
}

/** Sheds load with a 503 before the process becomes unresponsive, and limits the connections of clients. */
export default fp<OverloadOptions>(
  async (app, { sampleMs = SAMPLE_MS }) => {
    const { config, log, server } = app
    let nextLogAt = 0
    let enforcedFrom = Infinity

    // The start itself is one long pause, so the first sample that does not contain it is the first that counts.
    app.addHook('onReady', async () => {
      enforcedFrom = performance.now() + 2 * sampleMs
    })

    /** @throws {OverloadedError} */
    async function refuse({ routeOptions }: FastifyRequest, reason: string, value: number | undefined): Promise<void> {
      if (performance.now() < enforcedFrom || EXEMPT.has(routeOptions.url ?? '')) return
      if (performance.now() > nextLogAt) {
        nextLogAt = performance.now() + LOG_INTERVAL_MS
        log.warn({ reason, value }, 'overloaded: requests are refused')
      }
      throw new OverloadedError(reason)
    }

    await app.register(underPressure, {
      maxEventLoopDelay: config.OVERLOAD_DELAY_MS,
      maxHeapUsedBytes: (getHeapStatistics().heap_size_limit * config.OVERLOAD_HEAP_PERCENT) / 100,
      sampleInterval: sampleMs,
      pressureHandler: (request, _reply, reason, value) => refuse(request, reason, value)
    })

    server.maxConnections = config.MAX_CONNECTIONS
    if (!config.TRUST_PROXY) limitConnections(server, config.MAX_CONNECTIONS_PER_ADDRESS)
  },
  { name: 'overload', dependencies: ['errors', 'security'], fastify: '5.x' }
)

/** Closes connections beyond `max` from one address, so that no client uses up the connections of all others. */
function limitConnections(server: Server, max: number): void {
  const open = new Map<string, number>()
  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? ''
    const count = (open.get(address) ?? 0) + 1
    open.set(address, count)
    socket.once('close', () => {
      const left = (open.get(address) ?? 0) - 1
      if (left > 0) open.set(address, left)
      else open.delete(address)
    })
    if (count > max) socket.destroy()
  })
}
