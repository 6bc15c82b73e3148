import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { HealthSchema, ReadinessSchema } from '../schemas/health.ts'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { db, deviceHub } = app

  app.get('/healthz', { schema: { response: { 200: HealthSchema } } }, async () => ({ status: 'ok' as const }))

  app.get('/readyz', { schema: { response: { 200: ReadinessSchema, 503: ReadinessSchema } } }, async (_, reply) => {
    const ready = db.isOpen && deviceHub.running
    const watched = [...deviceHub.snapshot()]
    return reply.code(ready ? 200 : 503).send({
      status: ready ? 'ready' : 'not ready',
      store: { open: db.isOpen, imprinted: db.imprinted.size, discovered: db.discovered.size },
      hub: {
        running: deviceHub.running,
        watched: watched.length,
        online: watched.filter((device) => device.state === 'online').length,
        queued: deviceHub.queueDepths()
      },
      uptimeSeconds: process.uptime()
    })
  })
}

export default routes
