import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { failures } from '../../../schemas/common.ts'
import { AcceptedAnswer, BulkBodySchema, DryRunAnswer } from '../../../schemas/operation.ts'
import { otpOf, OtpHeadersSchema } from '../../../schemas/system.ts'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { operations } = app

  const schema = {
    operationId: 'changeDevices',
    summary: 'Run a command on many devices',
    description:
      'Runs in the background and records a result for each device: see `GET /operations/:id`. Select the devices with exactly one of `macs` and `filter`; the filter `{}` selects all. With `dryRun` each miner is read, nothing is written, and the answer lists what would change.',
    tags: ['operations'],
    headers: OtpHeadersSchema,
    body: BulkBodySchema,
    response: { 200: DryRunAnswer, 202: AcceptedAnswer, ...failures(404, 409, 503) }
  }
  app.post('/', { schema }, async (request, reply) => {
    const { body, headers } = request
    if (body.dryRun) return { message: 'Dry run: nothing was changed', data: await operations.dryRun(body) }
    const operation = await operations.start(body, otpOf(headers))
    request.auditSubject = { operation: operation.id, deviceCount: operation.total }
    return reply
      .code(202)
      .header('location', `/operations/${operation.id}`)
      .send({ message: `The operation has started on ${operation.total} devices`, data: operation })
  })
}

export default routes
