import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Static } from '@sinclair/typebox'
import { failures } from '../../../schemas/common.ts'
import { AcceptedAnswer, BulkBodySchema, DryRunAnswer } from '../../../schemas/operation.ts'
import { OtpHeadersSchema } from '../../../schemas/system.ts'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { operations } = app

  const schema = {
    operationId: 'changeDevices',
    summary: 'The same command for many devices',
    description:
      'Runs in the background, and every device gets an answer of its own: see `GET /operations/:id`. Exactly one of `macs` and `filter` says which devices; the filter `{}` is all of them. With `dryRun` each miner is asked what it has, nothing is written, and the answer is the difference.',
    tags: ['operations'],
    headers: OtpHeadersSchema,
    body: BulkBodySchema,
    response: { 200: DryRunAnswer, 202: AcceptedAnswer, ...failures(404, 503) }
  }
  app.post('/', { schema }, async (request, reply) => {
    const { body, headers } = request
    if (body.dryRun) return { message: 'Nothing was changed', data: await operations.dryRun(body) }
    const operation = await operations.start(body, otpOf(headers))
    request.auditSubject = { operation: operation.id, deviceCount: operation.total }
    return reply
      .code(202)
      .header('location', `/operations/${operation.id}`)
      .send({ message: `The operation runs on ${operation.total} devices`, data: operation })
  })
}

function otpOf({ 'x-totp': totp, 'x-otp-session': session }: Static<typeof OtpHeadersSchema>) {
  return { ...(totp && { totp }), ...(session && { session }) }
}

export default routes
