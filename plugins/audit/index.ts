import fp from 'fastify-plugin'
import { isAudited, toEntry, type AuditSubject } from './entry.ts'
import { createTrail, type Trail } from './trail.ts'

declare module 'fastify' {
  interface FastifyInstance {
    audit: Pick<Trail, 'read'>
  }
  interface FastifyRequest {
    /** What the audit trail has to know, and neither the path nor the body of the request says. */
    auditSubject: AuditSubject | null
  }
}

export default fp(
  async (app) => {
    const trail = createTrail(app)
    app.decorate('audit', trail)
    app.decorateRequest('auditSubject', null)
    app.addHook('onResponse', async (request, reply) => {
      if (!isAudited(request)) return
      const entry = toEntry(request, reply)
      request.log.info({ audit: entry }, 'audit')
      trail.add(entry)
    })
    app.addHook('onClose', () => trail.close())
  },
  { name: 'audit', dependencies: ['errors', 'security', 'db'], fastify: '5.x' }
)
