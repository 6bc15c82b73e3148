import fp from 'fastify-plugin'
import type { FastifyInstance } from 'fastify'
import { Registry } from 'prom-client'
import { inSlices } from '../../src/in-slices.ts'
import { renderDevices } from './devices.ts'
import { CONTENT_TYPES, negotiate, type Format } from './exposition.ts'
import { renderFleet } from './fleet.ts'
import { collectProcessAndHttp } from './http.ts'
import { createFleetReader } from './labels.ts'
import { createLegacyMetrics } from './legacy.ts'
import { createPoolShares } from './pool-shares.ts'
import { renderRegistry } from './registry.ts'
import { createServiceMetrics } from './service.ts'

const END = Buffer.from('# EOF\n')

async function createMetrics(app: FastifyInstance) {
  const { db, deviceHub } = app
  const registry = new Registry()
  const poolShares = createPoolShares()
  const readFleet = createFleetReader()
  const legacy = app.config.LEGACY_METRICS ? createLegacyMetrics() : null
  const service = createServiceMetrics(registry, {
    queueDepths: () => deviceHub.queueDepths(),
    socketClients: () => countSocketClients(app),
    storeWritable: () => db.isOpen
  })
  await collectProcessAndHttp(app, registry)
  listen(app, service, poolShares)

  /** Bytes family by family: one text of all of them would take the loop for itself when it is encoded. */
  async function write(format: Format): Promise<Buffer> {
    const snapshots = [...deviceHub.snapshot()]
    const devices = readFleet(snapshots)
    const idle = Math.max(0, db.imprinted.size - devices.length)
    const texts = [renderFleet(devices, idle, format), poolShares.render(format)].map((text) => Buffer.from(text))
    const renderings = [renderDevices(devices, format), legacy?.render(snapshots, idle, format) ?? []]
    for await (const text of inSlices(chain(renderings))) texts.push(Buffer.from(text))
    texts.push(Buffer.from(await renderRegistry(registry, format)))
    return Buffer.concat(format === 'openmetrics' ? [...texts, END] : texts)
  }

  return {
    /** The process's own metrics: other plugins may add theirs. */
    registry,

    /** Answers a scrape in the format that its `Accept` header asks for. */
    async scrape(accept?: string): Promise<{ contentType: string; body: Buffer }> {
      const format = negotiate(accept)
      return { contentType: CONTENT_TYPES[format], body: await write(format) }
    },

    /** Tells how many log streams of miners are open now. */
    setLogStreams: service.setLogStreams
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

/** Gives the parts of each, one after the other, none before it is asked for. */
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
