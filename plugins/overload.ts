import type { Server } from 'node:net'
import { getHeapStatistics } from 'node:v8'
import underPressure from '@fastify/under-pressure'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { OverloadedError } from '../src/errors/limits.ts'

/** What has to be answered at any time: who looks after the service asks just when it has too much to do. */
const ALWAYS = new Set(['/healthz', '/readyz', '/metrics'])
const QUIET_MS = 10_000

/** Long enough that one long pause among many short ones does not count: a slow machine has such. */
const SAMPLE_MS = 5000

/** Takes the place of the plugin's own constants. */
export interface OverloadOptions {
  /** Time over which the delay of the event loop is averaged. */
  sampleMs?: number
}

/** Refuses work while there is too much of it, before it becomes a crash. */
export default fp<OverloadOptions>(
  async (app, { sampleMs = SAMPLE_MS }) => {
    const { config, log, server } = app
    let quietUntil = 0
    let judgeFrom = Infinity

    // A start is one long pause, and no measure of what comes after it: the first sample without it counts first.
    app.addHook('onReady', async () => {
      judgeFrom = performance.now() + 2 * sampleMs
    })

    /** @throws {OverloadedError} */
    async function refuse({ routeOptions }: FastifyRequest, reason: string, value: number | undefined): Promise<void> {
      if (performance.now() < judgeFrom || ALWAYS.has(routeOptions.url ?? '')) return
      if (performance.now() > quietUntil) {
        quietUntil = performance.now() + QUIET_MS
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
    if (!config.TRUST_PROXY) boundConnections(server, config.MAX_CONNECTIONS_PER_ADDRESS)
  },
  { name: 'overload', dependencies: ['errors', 'security'], fastify: '5.x' }
)

/** Closes what one address opens beyond `max`, so that nobody takes the room of all others. */
function boundConnections(server: Server, max: number): void {
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
