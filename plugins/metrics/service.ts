import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { codeOf } from '../../src/errors/code-of.ts'
import { ownVersion } from '../../src/own-version.ts'

/** Where the gauges of the service are read from at each scrape. */
export interface ServiceSources {
  queueDepths(): { healthy: number; recovery: number }
  socketClients(): number
  storeWritable(): boolean
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
  addCollected(registers, sources)
  polls.inc({ result: 'ok' }, 0)

  return {
    /** Counts a finished poll, which succeeded unless there is an error. */
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
  const labels = { version: ownVersion(), node: process.version }
  const help = 'Version of this service and of Node.js; always 1.'
  new Gauge({ name: 'pluto_build_info', help, labelNames: ['version', 'node'], registers }).set(labels, 1)
}

function resultOf(error: Error): string {
  return codeOf(error)?.toLowerCase() ?? 'error'
}
