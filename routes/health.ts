import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { HealthSchema, ReadinessSchema } from '../schemas/health.ts'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { db, deviceHub, grafana, shortages } = app

  const alive = {
    operationId: 'getHealth',
    summary: 'Get liveness of the process',
    tags: ['service'],
    security: [],
    response: { 200: HealthSchema }
  }
  app.get('/healthz', { schema: alive }, async () => ({ status: 'ok' as const }))

  const readiness = {
    operationId: 'getReadiness',
    summary: 'Get readiness of the service',
    description: 'With figures of the store, the hub and its queues.',
    tags: ['service'],
    response: { 200: ReadinessSchema, 503: ReadinessSchema }
  }
  app.get('/readyz', { schema: readiness }, async (_, reply) => {
    const ready = db.isOpen && deviceHub.running
    const watched = [...deviceHub.snapshot()]
    return reply.code(ready ? 200 : 503).send({
      status: ready ? 'ready' : 'not ready',
      store: {
        open: db.isOpen,
        error: db.writeFailure,
        lost: db.lostCommits,
        imprinted: db.imprinted.size,
        discovered: db.discovered.size
      },
      hub: {
        running: deviceHub.running,
        watched: watched.length,
        online: watched.filter((device) => device.state === 'online').length,
        queued: deviceHub.queueDepths()
      },
      grafana: grafana.status(),
      shortage: shortages.present,
      uptimeSeconds: process.uptime()
    })
  })
}

export default routes
