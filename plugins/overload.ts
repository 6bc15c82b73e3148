import type { Server } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import fp from 'fastify-plugin'
import { clientKeyOf } from '../src/http/client-key.ts'
import { OverloadedError } from '../src/errors/limits.ts'
import { MONITORING_ROUTES } from '../src/http/request.ts'

const LOG_INTERVAL_MS = 10_000

/** One long pause among many short ones does not count as overload: slow machines have such pauses. */
const SAMPLE_MS = 5000
const RESOLUTION_MS = 20

/** Replaces the plugin's own constants. */
export interface OverloadOptions {
  /** Time over which the delay of the event loop is averaged, in ms. */
  sampleMs?: number
}

interface Pressure {
  reason: string
  value: number
}

/** Sheds load (503) before the process becomes unresponsive, and bounds the connections of clients. */
export default fp<OverloadOptions>(
  async (app, { sampleMs = SAMPLE_MS }) => {
    const { config, log, server } = app
    const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
    const maxHeapBytes = (getHeapStatistics().heap_size_limit * config.OVERLOAD_HEAP_PERCENT) / 100
    let pressure: Pressure | null = null
    let nextLogAt = 0

    /** Nothing here takes a file descriptor: with none left, the check must neither fail nor say that all is well. */
    function measure(): Pressure | null {
      const delayMs = Math.max(0, delay.mean / 1e6 - RESOLUTION_MS)
      delay.reset()
      if (config.OVERLOAD_DELAY_MS > 0 && delayMs > config.OVERLOAD_DELAY_MS)
        return { reason: 'delay of the event loop', value: delayMs }
      const { used_heap_size: heapBytes } = getHeapStatistics()
      return maxHeapBytes > 0 && heapBytes > maxHeapBytes ? { reason: 'heap in use', value: heapBytes } : null
    }

    let timer: NodeJS.Timeout | undefined
    // A start is one long pause and says nothing about what follows, so the first sample begins when it is over.
    app.addHook('onReady', async () => {
      delay.enable()
      timer = setInterval(() => (pressure = measure()), sampleMs).unref()
    })
    app.addHook('onClose', async () => {
      clearInterval(timer)
      delay.disable()
    })

    app.addHook('onRequest', async ({ routeOptions }) => {
      if (!pressure || MONITORING_ROUTES.has(routeOptions.url ?? '')) return
      if (performance.now() > nextLogAt) {
        nextLogAt = performance.now() + LOG_INTERVAL_MS
        log.warn(pressure, 'overloaded: requests are refused')
      }
      throw new OverloadedError(pressure.reason)
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
    const key = clientKeyOf(socket.remoteAddress ?? '')
    const count = (open.get(key) ?? 0) + 1
    open.set(key, count)
    socket.once('close', () => {
      const left = (open.get(key) ?? 0) - 1
      if (left > 0) open.set(key, left)
      else open.delete(key)
    })
    if (count > max) socket.destroy()
  })
}
