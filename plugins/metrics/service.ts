import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import packageJson from '../../package.json' with { type: 'json' }
import { codeOf } from '../../src/errors/code-of.ts'

/** Where the gauges of the service are read from at each scrape. */
export interface ServiceSources {
  queueDepths(): { healthy: number; recovery: number }
  socketClients(): number
  storeWritable(): boolean
  lostCommits(): number
  shortages(): ReadonlyMap<string, number>
  clientErrors(): ReadonlyMap<string, number>
  droppedLogLines(): number
  rejectedReadings(): ReadonlyMap<string, number>
  live(): { unsentBytes: number; dropped: number }
  backpressure(): { inFlight: number; unsentBytes: number; closedConnections: number }
}

/**
 * Registers the metrics of the service itself.
 * @returns functions that record what happens; durations in ms
 */
export function createServiceMetrics(registry: Registry, sources: ServiceSources) {
  const registers = [registry]
  const polls = new Counter({
    name: 'pluto_polls_total',
    help: 'Finished polls by result: ok, or the code of the error.',
    labelNames: ['result'],
    registers
  })
  const duration = new Histogram({
    name: 'pluto_poll_duration_seconds',
    help: 'Duration of a poll.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers
  })
  const logStreams = new Gauge({ name: 'pluto_log_streams', help: 'Open log streams of miners.', registers })
  const conflicts = new Counter({
    name: 'pluto_identity_conflicts_total',
    help: 'How often several addresses began to claim the MAC of one device.',
    registers
  })
  addCollected(registers, sources)
  polls.inc({ result: 'ok' }, 0)

  return {
    /** Counts a finished poll, which succeeded unless there is an error. */
    poll(durationMs: number, error?: Error): void {
      polls.inc({ result: error === undefined ? 'ok' : resultOf(error) })
      if (Number.isFinite(durationMs)) duration.observe(durationMs / 1000)
    },
    conflict: (): void => conflicts.inc(),
    setLogStreams: (count: number): void => logStreams.set(count)
  }
}

function addCollected(registers: Registry[], sources: ServiceSources): void {
  new Gauge({
    name: 'pluto_poll_queue_depth',
    help: 'Polls that are due and waiting.',
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
    help: '1 when the store is writable, 0 when it is not, for example on a full disk.',
    registers,
    collect() {
      this.set(Number(sources.storeWritable()))
    }
  })
  new Gauge({
    name: 'pluto_store_lost_commits',
    help: 'Acknowledged changes that were missing at the start, because files of the store were cut off or deleted.',
    registers,
    collect() {
      this.set(sources.lostCommits())
    }
  })
  new Counter({
    name: 'pluto_shortages_total',
    help: 'Failures because the operating system ran out of a resource, by error code (EMFILE, ENOBUFS …).',
    labelNames: ['code'],
    registers,
    collect() {
      this.reset()
      for (const [code, count] of sources.shortages()) this.inc({ code }, count)
    }
  })
  new Counter({
    name: 'pluto_client_errors_total',
    help: 'Mistakes of clients by kind: broken connections, handshakes, HTTP, TLS or frames. They are not logged as errors.',
    labelNames: ['kind'],
    registers,
    collect() {
      this.reset()
      for (const [kind, count] of sources.clientErrors()) this.inc({ kind }, count)
    }
  })
  new Counter({
    name: 'pluto_log_lines_dropped_total',
    help: 'Log lines dropped because standard output could not be written.',
    registers,
    collect() {
      this.reset()
      this.inc(sources.droppedLogLines())
    }
  })
  new Counter({
    name: 'pluto_readings_rejected_total',
    help: 'Readings that count as absent because no board can have them, by field.',
    labelNames: ['field'],
    registers,
    collect() {
      this.reset()
      for (const [field, count] of sources.rejectedReadings()) this.inc({ field }, count)
    }
  })
  new Gauge({
    name: 'pluto_live_unsent_bytes',
    help: 'Bytes that Socket.IO clients and log viewers have not read yet.',
    registers,
    collect() {
      this.set(sources.live().unsentBytes)
    }
  })
  new Counter({
    name: 'pluto_live_clients_dropped_total',
    help: 'Socket.IO clients and log viewers disconnected because live clients together had too much unread.',
    registers,
    collect() {
      this.reset()
      this.inc(sources.live().dropped)
    }
  })
  new Gauge({
    name: 'pluto_requests_in_flight',
    help: 'Requests that are being served or whose answer the client has not read yet, without health and metrics.',
    registers,
    collect() {
      this.set(sources.backpressure().inFlight)
    }
  })
  new Gauge({
    name: 'pluto_unsent_bytes',
    help: 'Bytes held for clients: large answers not read yet, and large bodies still arriving.',
    registers,
    collect() {
      this.set(sources.backpressure().unsentBytes)
    }
  })
  new Counter({
    name: 'pluto_connections_closed_total',
    help: 'Client connections closed because there were too many, or too many pipelined requests on one.',
    registers,
    collect() {
      this.reset()
      this.inc(sources.backpressure().closedConnections)
    }
  })
  const labels = { version: packageJson.version, node: process.version }
  const help = 'Version of this service and of Node.js; always 1.'
  new Gauge({ name: 'pluto_build_info', help, labelNames: ['version', 'node'], registers }).set(labels, 1)
}

function resultOf(error: Error): string {
  return codeOf(error)?.toLowerCase() ?? 'error'
}
