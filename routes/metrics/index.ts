import accepts from '@fastify/accepts'
import { Type } from '@sinclair/typebox'
import type { FastifyInstance } from 'fastify'

export default async function metricsRoutes(app: FastifyInstance) {
  const { metrics } = app
  await app.register(accepts)

  app.get(
    '/',
    {
      schema: {
        operationId: 'getMetrics',
        summary: 'Get metrics for Prometheus',
        description: 'Text format 0.0.4, or OpenMetrics 1.0.0 if `Accept` prefers it. See docs/METRICS.md.',
        tags: ['service'],
        response: {
          200: {
            description: 'All metric families of the devices, the fleet and the service',
            content: {
              'text/plain': { schema: Type.String() },
              'application/openmetrics-text': { schema: Type.String() }
            }
          }
        }
      }
    },
    async (request, reply) => {
      // Without arguments: every media type that the scraper accepts, best first.
      const mediaTypes = [request.types()].flat().map(String)
      const { contentType, body } = await metrics.scrape(mediaTypes)
      return reply.type(contentType).send(body)
    }
  )
}
