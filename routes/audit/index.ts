import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AuditAnswer, AuditQuerySchema } from '../../schemas/audit.ts'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { audit } = app

  const schema = {
    operationId: 'listAudit',
    summary: 'Show who changed what',
    description:
      'Every changing request, refused ones included, and wrong tokens, newest first. Never what was sent along. The newest `AUDIT_ENTRIES` are kept.',
    tags: ['service'],
    querystring: AuditQuerySchema,
    response: { 200: AuditAnswer }
  }
  app.get('/', { schema }, async ({ query }) => {
    const { items, ...pages } = await audit.read(query)
    return { message: 'Audit trail', data: items, ...pages }
  })
}

export default routes
