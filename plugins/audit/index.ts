import fp from 'fastify-plugin'
import { isAudited, toAuditEntry, type AuditSubject } from './entry.ts'
import { createTrail, type Trail } from './trail.ts'

declare module 'fastify' {
  interface FastifyInstance {
    audit: Pick<Trail, 'read'>
  }
  interface FastifyRequest {
    /** What a request affects, if its path and body do not say so. Set by its route. */
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
      const entry = toAuditEntry(request, reply)
      request.log.info({ audit: entry }, 'audit')
      trail.add(entry)
    })
    app.addHook('onClose', () => trail.close())
  },
  { name: 'audit', dependencies: ['errors', 'security', 'db'], fastify: '5.x' }
)
