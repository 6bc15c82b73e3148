import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { failures } from '../../schemas/common.ts'
import { FleetHistoryQuerySchema, HistoryAnswer } from '../../schemas/history.ts'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { history } = app

  const reading = {
    operationId: 'getFleetHistory',
    summary: 'Show how a total of the fleet went',
    description:
      'Of the online devices, averaged over equal steps: from Prometheus where `PROMETHEUS_HOST` is set, else of the last 24 hours from the embedded store.',
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
