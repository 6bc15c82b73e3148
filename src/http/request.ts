import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const SAFE_ID = /^[A-Za-z0-9._-]{1,64}$/
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** The id under which a request is logged and answered: the client's `X-Request-Id` if it is safe, else a new one. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && SAFE_ID.test(given) ? given : randomUUID()
}

/** Whether a request may change something. */
export const isChange = ({ method }: { method: string }): boolean => !SAFE_METHODS.has(method)

/** Routes that are never refused for load or limits: operators and monitoring need them most when the service is busy. */
export const MONITORING_ROUTES = new Set(['/healthz', '/readyz', '/metrics'])
