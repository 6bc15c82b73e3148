import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { DashboardsAnswer } from '../../schemas/dashboard.ts'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { grafana } = app

  const listing = {
    operationId: 'listDashboards',
    summary: 'List the published Grafana dashboards',
    description:
      'One for each device and one for the whole fleet, as last observed in Grafana. Empty while the Grafana integration is off or publishes nothing.',
    tags: ['dashboards'],
    response: { 200: DashboardsAnswer }
  }
  app.get('/', { schema: listing }, async () => grafana.list())
}

export default routes
