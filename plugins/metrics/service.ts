import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { ownVersion } from '../../src/own-version.ts'

/** Where the service's own gauges come from at each scrape. */
export interface ServiceSources {
  queueDepths(): { healthy: number; recovery: number }
  socketClients(): number
  storeWritable(): boolean
  shortages(): ReadonlyMap<string, number>
  droppedLogLines(): number
  backpressure(): { inFlight: number; unsentBytes: number; closedConnections: number }
}

/**
 * Puts the families of the service itself into `registry`.
 * @returns what has to be told to them as it happens; durations in milliseconds
 */
export function createServiceMetrics(registry: Registry, sources: ServiceSources) {
  const registers = [registry]
  const polls = new Counter({
    name: 'pluto_polls_total',
    help: 'Polls by result: ok, or the code of the error.',
    labelNames: ['result'],
    registers
  })
  const duration = new Histogram({
    name: 'pluto_poll_duration_seconds',
    help: 'Time from the start of a poll to its result.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers
  })
  const logStreams = new Gauge({ name: 'pluto_log_streams', help: 'Open log streams of miners.', registers })
  addCollected(registers, sources)
  polls.inc({ result: 'ok' }, 0)

  return {
    /** Counts a finished poll. Without an error it went well. */
    poll(durationMs: number, error?: Error): void {
      polls.inc({ result: error === undefined ? 'ok' : resultOf(error) })
      if (Number.isFinite(durationMs)) duration.observe(durationMs / 1000)
    },
    setLogStreams: (count: number): void => logStreams.set(count)
  }
}

function addCollected(registers: Registry[], sources: ServiceSources): void {
  new Gauge({
    name: 'pluto_poll_queue_depth',
    help: 'Polls that are due and wait for their turn.',
    labelNames: ['lane'],
    registers,
    collect() {
      const { healthy, recovery } = sources.queueDepths()
      this.set({ lane: 'healthy' }, healthy)
      this.set({ lane: 'recovery' }, recovery)
    }
  })
  new Gauge({
    name: 'pluto_socket_clients',
    help: 'Connected Socket.IO clients.',
    registers,
    collect() {
      this.set(sources.socketClients())
    }
  })
  new Gauge({
    name: 'pluto_store_writable',
    help: '1 when the store can be written, 0 while it cannot, as on a full disk.',
    registers,
    collect() {
      this.set(Number(sources.storeWritable()))
    }
  })
  new Counter({
    name: 'pluto_shortages_total',
    help: 'Failures for want of something that the operating system gives out, by its code: EMFILE, ENOBUFS and others.',
    labelNames: ['code'],
    registers,
    collect() {
      this.reset()
      for (const [code, count] of sources.shortages()) this.inc({ code }, count)
    }
  })
  new Counter({
    name: 'pluto_log_lines_dropped_total',
    help: 'Log lines that could not be written to standard output.',
    registers,
    collect() {
      this.reset()
      this.inc(sources.droppedLogLines())
    }
  })
  new Gauge({
    name: 'pluto_requests_in_flight',
    help: 'Requests that are being answered, or whose answer the client has not read yet.',
    registers,
    collect() {
      this.set(sources.backpressure().inFlight)
    }
  })
  new Gauge({
    name: 'pluto_unsent_bytes',
    help: 'Bytes of large answers that clients have not read yet.',
    registers,
    collect() {
      this.set(sources.backpressure().unsentBytes)
    }
  })
  new Counter({
    name: 'pluto_connections_closed_total',
    help: 'Connections that were closed because too many requests waited on them.',
    registers,
    collect() {
      this.reset()
      this.inc(sources.backpressure().closedConnections)
    }
  })
  const labels = { version: ownVersion(), node: process.version }
  const help = 'Version of this service and of Node.js; always 1.'
  new Gauge({ name: 'pluto_build_info', help, labelNames: ['version', 'node'], registers }).set(labels, 1)
}

function resultOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code.toLowerCase() : 'error'
}
