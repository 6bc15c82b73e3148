import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'

export default async function metricsRoutes(app: FastifyInstance) {
  const { metrics } = app

  app.get(
    '/',
    {
      schema: {
        operationId: 'getMetrics',
        summary: 'Metrics for Prometheus',
        description: 'Text format 0.0.4, or OpenMetrics 1.0.0 when `Accept` asks for it. See docs/METRICS.md.',
        tags: ['service'],
        response: {
          200: {
            description: 'Every metric family of the devices, the fleet and the service',
            content: {
              'text/plain': { schema: Type.String() },
              'application/openmetrics-text': { schema: Type.String() }
            }
          }
        }
      }
    },
    async (request, reply) => {
      const { contentType, body } = await metrics.scrape(request.headers.accept)
      return reply.type(contentType).send(body)
    }
  )
}
