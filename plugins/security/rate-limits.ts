import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { clientKeyOf } from '../../src/http/client-key.ts'
import { TooManyRequestsError } from '../../src/errors/limits.ts'
import { RateLimitStore } from './rate-limit-store.ts'

const MINUTE_MS = 60_000

/** Creates the limits per minute and client: of reading and changing requests, and of wrong tokens. */
export async function createRateLimits(app: FastifyInstance) {
  const { config } = app
  await app.register(rateLimit, { global: false, store: RateLimitStore })
  return {
    read: createRateLimit(app, 'requests', config.RATE_LIMIT_READS),
    write: createRateLimit(app, 'changes', config.RATE_LIMIT_WRITES),
    denied: createRateLimit(app, 'wrong tokens', config.RATE_LIMIT_DENIED)
  }
}

function createRateLimit(app: FastifyInstance, kind: string, max: number) {
  const count = app.createRateLimit({ max, timeWindow: MINUTE_MS, keyGenerator: ({ ip }) => clientKeyOf(ip) })

  /** Counts one request. @throws {TooManyRequestsError} */
  return async function check({ ip }: { ip: string }): Promise<void> {
    // Socket.IO clients count too. They have an address, but no Fastify request.
    const state = await count({ ip, routeOptions: { config: {} } } as FastifyRequest)
    if (state.isAllowed || !state.isExceeded) return
    throw Object.assign(new TooManyRequestsError(max, kind, state.ttlInSeconds), { retryAfter: state.ttlInSeconds })
  }
}
