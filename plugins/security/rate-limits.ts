import type { FastifyInstance, FastifyRequest } from 'fastify'
import { TooManyRequestsError } from '../../src/errors/limits.ts'

const MINUTE_MS = 60_000

/** Makes the check that each request passes: how many of its kind one address may make in a minute. */
export function createLimit(app: FastifyInstance, kind: string, max: number) {
  const count = app.createRateLimit({ max, timeWindow: MINUTE_MS, keyGenerator: (request) => `${kind} ${request.ip}` })

  /** @throws {TooManyRequestsError} */
  return async function check({ ip }: { ip: string }): Promise<void> {
    // Socket.IO's clients count as well: they have an address, and are no request of Fastify's.
    const state = await count({ ip, routeOptions: { config: {} } } as FastifyRequest)
    if (state.isAllowed || !state.isExceeded) return
    throw Object.assign(new TooManyRequestsError(max, kind, state.ttlInSeconds), { retryAfter: state.ttlInSeconds })
  }
}
