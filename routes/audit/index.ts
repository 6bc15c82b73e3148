import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AuditAnswer, AuditQuerySchema } from '../../schemas/audit.ts'

const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { audit } = app

  const schema = {
    operationId: 'listAudit',
    summary: 'List audit entries',
    description:
      'Every changing request, including refused ones, and every wrong token, newest first. Request bodies are never stored. The newest `AUDIT_ENTRIES` entries are kept.',
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
