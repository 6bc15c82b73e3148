import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { canonicalMac } from '../../src/mac.ts'
import { failures } from '../../schemas/common.ts'
import { DeviceHistoryQuerySchema, HistoryAnswer } from '../../schemas/history.ts'
import { DeviceParamsSchema } from '../../schemas/imprint.ts'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { devices, history } = app

  const schema = {
    operationId: 'getDeviceHistory',
    summary: "Get a device's history",
    description:
      'Averages over equal steps: from Prometheus if `PROMETHEUS_HOST` is set, else from the embedded store, which keeps 24 hours.',
    tags: ['devices'],
    params: DeviceParamsSchema,
    querystring: DeviceHistoryQuerySchema,
    response: { 200: HistoryAnswer, ...failures(404, 502, 504) }
  }
  app.get('/:id/history', { schema }, async ({ params: { id }, query: { metric, ...range } }) => {
    const { mac } = devices.require(canonicalMac(id))
    return { message: 'History', data: await history.device(mac, metric, range) }
  })
}

export default routes
