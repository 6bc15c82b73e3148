import { readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import client, { Gauge, type Registry } from 'prom-client'

// Loaded without its types: they declare `app.metrics` to be something else than ours.
const { default: fastifyMetrics }: { default: FastifyPluginAsync<Record<string, unknown>> } = createRequire(
  import.meta.url
)('fastify-metrics')

/** Left out: the gauges whose names end in `_total` as only counters' may, and one that is 9e9 after two quick scrapes. */
const UNFIT = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
  'nodejs_eventloop_lag_min_seconds'
]

/** Collects Node's own metrics and the duration of each request by the template of its route into `registry`. */
export async function collectProcessAndHttp(app: FastifyInstance, registry: Registry): Promise<void> {
  await app.register(fastifyMetrics, {
    name: 'httpMetrics',
    endpoint: null,
    promClient: client,
    defaultMetrics: { enabled: true, register: registry },
    routeMetrics: {
      enabled: { histogram: true, summary: false },
      groupStatusCodes: true,
      routeBlacklist: [/^\/metrics\/?$/],
      overrides: {
        histogram: {
          help: 'Time from a request to the end of its answer, by route.',
          registers: [registry],
          buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
        },
        summary: { registers: [] }
      }
    }
  })
  for (const name of UNFIT) registry.removeSingleMetric(name)
  if (registry.getSingleMetric(OPEN_FILES)) countOpenFiles(registry)
}

const OPEN_FILES = 'process_open_fds'
const OWN_FILES = '/proc/self/fd'

/**
 * Takes the place of prom-client's gauge, which lists a directory with an entry for each connection: 1.2 ms of each scrape
 * with 1,000 miners. Linux tells their number as the size of that directory since 6.2.
 */
function countOpenFiles(registry: Registry): void {
  registry.removeSingleMetric(OPEN_FILES)
  new Gauge({
    name: OPEN_FILES,
    help: 'Number of open file descriptors.',
    registers: [registry],
    collect() {
      // One of those listed is the directory itself.
      this.set(statSync(OWN_FILES).size || readdirSync(OWN_FILES).length - 1)
    }
  })
}
