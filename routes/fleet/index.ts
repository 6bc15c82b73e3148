import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { failures } from '../../schemas/common.ts'
import { FleetHistoryQuerySchema, HistoryAnswer } from '../../schemas/history.ts'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { history } = app

  const reading = {
    operationId: 'getFleetHistory',
    summary: "Get the fleet's history",
    description:
      'Averages of a total of the online devices over equal steps. Reads Prometheus if `PROMETHEUS_HOST` is set, else the embedded store, which keeps the last 24 hours.',
    tags: ['devices'],
    querystring: FleetHistoryQuerySchema,
    response: { 200: HistoryAnswer, ...failures(502, 504) }
  }
  app.get('/history', { schema: reading }, async ({ query: { metric, ...range } }) => ({
    message: 'History',
    data: await history.fleet(metric, range)
  }))
}

export default routes
