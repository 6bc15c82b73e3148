import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { UnauthorizedError } from '../../src/errors/access.ts'
import { isChange, MONITORING_ROUTES } from '../../src/http/request.ts'
import { createAccess, type Access } from './access.ts'
import { isLoopback } from './host-names.ts'
import { createRateLimits } from './rate-limits.ts'
import type { Actor } from './tokens.ts'

/** Routes without a token: the liveness probe, and the documentation pages, which hold no data. */
const PUBLIC = /^\/(healthz|documentation(\/.*)?)$/

declare module 'fastify' {
  interface FastifyInstance {
    access: Access
  }
  interface FastifyRequest {
    /** Who makes the request; null before that is known, and on public routes. */
    actor: Actor | null
  }
}

export default fp(
  async (app) => {
    const { config } = app
    app.decorateRequest('actor', null)
    await app.register(helmet, securityHeaders(config.TLS_CERT !== undefined))
    const limits = await createRateLimits(app)
    const access = createAccess(config, limits.denied, () => {
      const address = app.server.address()
      return typeof address === 'object' && address !== null ? address.address : config.HOST
    })
    app.decorate('access', access)
    await app.register(cors, {
      origin: config.CORS_ORIGINS !== '' && access.corsOrigin,
      exposedHeaders: ['etag', 'x-request-id', 'x-discovery-complete', 'x-discovery-failed'],
      strictPreflight: false
    })

    app.addHook('onRequest', async (request, reply) => {
      const changes = isChange(request)
      access.checkHost(request.headers)
      if (changes || request.headers.upgrade !== undefined) access.checkOrigin(request.headers)
      if (!MONITORING_ROUTES.has(request.routeOptions.url ?? '')) await limits[changes ? 'write' : 'read'](request)
      if (isPublic(request)) return
      try {
        request.actor = access.identify(request.headers)
        if (changes) access.checkMayChange(request.actor)
      } catch (error) {
        await deny(request, reply, error)
      }
    })

    function isPublic({ url }: FastifyRequest): boolean {
      const [path = ''] = url.split('?')
      return PUBLIC.test(path) || (config.METRICS_OPEN && path === '/metrics')
    }

    /** Counts the attempt first, so that guessing tokens is rate-limited. */
    async function deny(request: FastifyRequest, reply: FastifyReply, error: unknown): Promise<never> {
      await access.countDenied(request)
      if (error instanceof UnauthorizedError) reply.header('www-authenticate', 'Bearer realm="pluto"')
      throw error
    }

    app.addHook('onListen', async () => {
      if (access.tokenRequired || isLoopback(config.HOST)) return
      app.log.warn(
        { host: config.HOST },
        'ANYONE ON THE NETWORK CAN CHANGE THESE MINERS: set API_TOKEN, or set HOST to 127.0.0.1'
      )
    })
  },
  { name: 'security', dependencies: ['errors'], fastify: '5.x' }
)

/** Without TLS, browsers must not be told to upgrade to HTTPS: a LAN reaches the service over plain HTTP. */
function securityHeaders(hasTls: boolean) {
  const directives = { 'script-src': ["'self'"], ...(!hasTls && { 'upgrade-insecure-requests': null }) }
  return { contentSecurityPolicy: { directives }, strictTransportSecurity: hasTls }
}
