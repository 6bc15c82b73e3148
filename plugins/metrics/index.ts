import { Readable } from 'node:stream'
import fp from 'fastify-plugin'
import type { FastifyInstance } from 'fastify'
import { Registry } from 'prom-client'
import { inSlices } from '../../src/in-slices.ts'
import { renderDevices } from './devices.ts'
import { CONTENT_TYPES, negotiate, type Format } from './exposition.ts'
import { renderFleet } from './fleet.ts'
import { collectProcessAndHttp } from './http.ts'
import { readFleet } from './labels.ts'
import { createLegacyMetrics } from './legacy.ts'
import { createPoolShares } from './pool-shares.ts'
import { renderRegistry } from './registry.ts'
import { createServiceMetrics } from './service.ts'

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
    shortages: () => app.shortages.counts,
    droppedLogLines: () => app.logOutput?.dropped ?? 0,
    backpressure: () => app.backpressure
  })
  await collectProcessAndHttp(app, registry)
  listen(app, own, poolShares)

  /** What is small and of this moment is written at once, the devices as the scraper takes them: from one snapshot. */
  async function write(format: Format): Promise<Readable> {
    const snapshots = [...deviceHub.snapshot()]
    const devices = readFleet(snapshots)
    const idle = Math.max(0, db.imprinted.size - devices.length)
    const fleet = [renderFleet(devices, idle, format), poolShares.render(format)]
    const service = [await renderRegistry(registry, format)]
    const legacyDevices = legacy?.render(snapshots, idle, format) ?? []
    const renderings = [fleet, renderDevices(devices, format), legacyDevices, service]
    return Readable.from(texts(renderings, format))
  }

  return {
    /** The process's own metrics: other plugins may add theirs. */
    registry,

    /** Answers a scrape in the format that its `Accept` header asks for. */
    async scrape(accept?: string): Promise<{ contentType: string; body: Readable }> {
      const format = negotiate(accept)
      return { contentType: CONTENT_TYPES[format], body: await write(format) }
    },

    /** Tells how many log streams of miners are open now. */
    setLogStreams: own.setLogStreams
  }
}
export type Metrics = Awaited<ReturnType<typeof createMetrics>>

function listen(
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
    app.bus.on('device.unwatched', ({ mac }) => poolShares.forget(mac))
  ]
  app.addHook('onClose', async () => off.forEach((stop) => stop()))
}

/**
 * Gives the parts of each, one after the other, none before it is asked for. An answer as a whole, of 2 MB for each 1,000
 * devices, would have to be copied together, and so much memory of buffers makes V8 collect the whole heap all the time.
 */
async function* texts(renderings: Iterable<string>[], format: Format): AsyncGenerator<string> {
  for await (const text of inSlices(chain(renderings))) if (text !== '') yield text
  if (format === 'openmetrics') yield END
}

function* chain(renderings: Iterable<string>[]): Generator<string> {
  for (const parts of renderings) yield* parts
}

/** Socket.IO is put onto the server after the metrics, or not at all. */
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
  dependencies: ['bus', 'db', 'deviceHub'],
  fastify: '5.x'
})
