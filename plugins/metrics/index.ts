import type { Readable } from 'node:stream'
import fp from 'fastify-plugin'
import type { FastifyInstance } from 'fastify'
import { Registry } from 'prom-client'
import { inSlices } from '../../src/page.ts'
import { renderDevices } from './devices.ts'
import { CONTENT_TYPES, formatFor, type Format } from './exposition.ts'
import { renderFleet } from './fleet.ts'
import { collectProcessAndHttp } from './process-and-http.ts'
import { readFleet } from './labels.ts'
import { createLegacyMetrics } from './legacy.ts'
import { createPoolShares } from './pool-shares.ts'
import { renderRegistry } from './registry.ts'
import { createServiceMetrics } from './service.ts'
import { shareRenderings } from './sharing.ts'

const END = '# EOF\n'

async function createMetrics(app: FastifyInstance) {
  const { db, deviceHub } = app
  const registry = new Registry()
  const poolShares = createPoolShares()
  const legacy = app.config.LEGACY_METRICS ? createLegacyMetrics() : null
  const own = createServiceMetrics(registry, {
    queueDepths: () => deviceHub.queueDepths(),
    socketClients: () => countSocketClients(app),
    storeWritable: () => db.isOpen,
    lostCommits: () => db.lostCommits,
    shortages: () => app.shortages.counts,
    clientErrors: () => app.clientErrors.counts,
    rejectedReadings: () => app.axeos.rejectedReadings,
    live: () => app.liveClients,
    droppedLogLines: () => app.logOutput?.dropped ?? 0,
    backpressure: () => app.backpressure
  })
  await collectProcessAndHttp(app, registry)
  subscribe(app, own, poolShares)

  /** Renders one snapshot: what is small at once, the devices while the parts are read. */
  async function render(format: Format): Promise<AsyncGenerator<string>> {
    const snapshots = [...deviceHub.snapshot()]
    const devices = readFleet(snapshots)
    const idle = Math.max(0, db.imprinted.size - devices.length)
    const fleet = [renderFleet(devices, idle, format), poolShares.render(format)]
    const service = [await renderRegistry(registry, format)]
    const legacyDevices = legacy?.render(snapshots, idle, format) ?? []
    const renderings = [fleet, renderDevices(devices, format), legacyDevices, service]
    return stream(renderings, format)
  }
  const open = shareRenderings(render)

  return {
    /** The metrics of the service and the process. Other plugins may register theirs. */
    registry,

    /** Renders a scrape in the first format among these media types, which come from an `Accept` header, best first. */
    async scrape(mediaTypes: string[] = []): Promise<{ contentType: string; body: Readable }> {
      const format = formatFor(mediaTypes)
      return { contentType: CONTENT_TYPES[format], body: await open(format) }
    },

    /** Sets the number of open log streams of miners. */
    setLogStreams: own.setLogStreams
  }
}
type Metrics = Awaited<ReturnType<typeof createMetrics>>

function subscribe(
  app: FastifyInstance,
  service: ReturnType<typeof createServiceMetrics>,
  poolShares: ReturnType<typeof createPoolShares>
): void {
  const off = [
    app.bus.on('device.polled', ({ mac, reading, durationMs }) => {
      service.poll(durationMs)
      poolShares.record(mac, reading)
    }),
    app.bus.on('device.failed', ({ error, durationMs }) => service.poll(durationMs, error)),
    app.bus.on('device.state', ({ to }) => {
      if (to === 'conflict') service.conflict()
    }),
    app.bus.on('device.unwatched', ({ mac }) => poolShares.forget(mac))
  ]
  app.addHook('onClose', async () => off.forEach((stop) => stop()))
}

/**
 * Yields the parts one by one, on demand. A response as a whole takes 2 MB per 1,000 devices: it would have to be
 * concatenated, and that much buffer memory makes V8 collect the whole heap all the time.
 */
async function* stream(renderings: Iterable<string>[], format: Format): AsyncGenerator<string> {
  for await (const text of inSlices(chain(renderings))) if (text !== '') yield text
  if (format === 'openmetrics') yield END
}

function* chain(renderings: Iterable<string>[]): Generator<string> {
  for (const parts of renderings) yield* parts
}

/** Socket.IO is registered after the metrics, or not at all. */
function countSocketClients(app: FastifyInstance): number {
  return app.hasDecorator('io') ? app.io.engine.clientsCount : 0
}

declare module 'fastify' {
  interface FastifyInstance {
    metrics: Metrics
  }
}

export default fp(async (app) => void app.decorate('metrics', await createMetrics(app)), {
  name: 'metrics',
  dependencies: ['axeos', 'backpressure', 'bus', 'db', 'deviceHub', 'liveClients', 'shortages'],
  fastify: '5.x'
})
