import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import rateLimit from '@fastify/rate-limit'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { UnauthorizedError } from '../../src/errors/access.ts'
import { isChange } from '../../src/http/request.ts'
import { splitList } from '../../src/network.ts'
import { createAccess, type Access } from './access.ts'
import { createLimit } from './limits.ts'
import type { Actor } from './tokens.ts'

/** What anybody may ask: whether the process lives, and the pages of the documentation, which hold no data. */
const OPEN = /^\/(healthz|documentation(\/.*)?)$/

declare module 'fastify' {
  interface FastifyInstance {
    access: Access
  }
  interface FastifyRequest {
    /** Who makes the request. */
    actor: Actor | null
  }
}

export default fp(
  async (app) => {
    const { config } = app
    app.decorateRequest('actor', null)
    await app.register(helmet, securityHeaders(config.TLS_CERT !== undefined))
    const origins = splitList(config.CORS_ORIGINS)
    await app.register(cors, {
      origin: origins.length > 0 && origins,
      exposedHeaders: ['etag', 'x-request-id'],
      strictPreflight: false
    })
    await app.register(rateLimit, { global: false })
    const limits = {
      read: createLimit(app, 'requests', config.RATE_LIMIT_READS),
      write: createLimit(app, 'changes', config.RATE_LIMIT_WRITES),
      denied: createLimit(app, 'refused tokens', config.RATE_LIMIT_DENIED)
    }

    const access = createAccess(config, limits.denied)
    app.decorate('access', access)

    app.addHook('onRequest', async (request, reply) => {
      const changes = isChange(request)
      access.checkHost(request.headers)
      if (changes || request.headers.upgrade !== undefined) access.checkOrigin(request.headers)
      await limits[changes ? 'write' : 'read'](request)
      if (isOpen(request)) return
      try {
        request.actor = access.identify(request.headers)
        if (changes) access.checkMayChange(request.actor)
      } catch (error) {
        await deny(request, reply, error)
      }
    })

    function isOpen({ url }: FastifyRequest): boolean {
      const [path = ''] = url.split('?')
      return OPEN.test(path) || (config.METRICS_OPEN && path === '/metrics')
    }

    /** Whoever guesses tokens is slowed down before being told anything. */
    async function deny(request: FastifyRequest, reply: FastifyReply, error: unknown): Promise<never> {
      await access.countDenied(request)
      if (error instanceof UnauthorizedError) reply.header('www-authenticate', 'Bearer realm="pluto"')
      throw error
    }

    app.addHook('onListen', async () => {
      if (access.wantsToken || /^(127\.|::1$|localhost$)/.test(config.HOST)) return
      app.log.warn(
        { host: config.HOST },
        'ANYBODY ON THE NETWORK CAN CHANGE THESE MINERS: set API_TOKEN, or bind HOST to 127.0.0.1'
      )
    })
  },
  { name: 'security', dependencies: ['errors'], fastify: '5.x' }
)

/** Headers for a service that a LAN reaches over plain HTTP: without TLS, nothing may ask browsers to upgrade to it. */
function securityHeaders(hasTls: boolean) {
  const directives = { 'script-src': ["'self'"], ...(!hasTls && { 'upgrade-insecure-requests': null }) }
  return { contentSecurityPolicy: { directives }, strictTransportSecurity: hasTls }
}
