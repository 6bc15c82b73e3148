import { createRequire } from 'node:module'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import client, { type Registry } from 'prom-client'

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
}
