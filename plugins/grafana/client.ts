import PQueue from 'p-queue'
import type { Dispatcher } from 'undici'
import { hasCode } from '../../src/errors/code-of.ts'
import { GrafanaFailedError, GrafanaTimeoutError, GrafanaUnreachableError } from '../../src/errors/services.ts'
import { createJsonClient, JsonClientError, type JsonResponse } from '../../src/json-client.ts'

const CONCURRENCY = 8
const MAX_RESPONSE_BYTES = 8 * 1024 * 1024
/** Panels of dashboards that users extend nest about ten levels. */
const MAX_DEPTH = 64

interface GrafanaClientOptions {
  host: string
  /** Path of Grafana on its host: `/grafana`, or empty. */
  subPath: string
  /** A service-account token. Without one, requests are made as the user `admin` through the auth proxy. */
  token: string | undefined
  timeoutMs: number
}

/**
 * Sends a request below `/api/`. The response may have any status.
 * @throws {GrafanaTimeoutError | GrafanaUnreachableError} no response came
 * @throws {GrafanaFailedError} the response is too large
 */
export type Send = (method: Dispatcher.HttpMethod, path: string, body?: object) => Promise<JsonResponse>

/** Creates a client of Grafana that sends at most eight requests at once. Each has its own time limit. */
export function createGrafanaClient({ host, subPath, token, timeoutMs }: GrafanaClientOptions) {
  const { origin, pathname } = new URL(host)
  const queue = new PQueue({ concurrency: CONCURRENCY })
  const client = createJsonClient({
    ...{ timeoutMs, token, connections: CONCURRENCY, maxResponseBytes: MAX_RESPONSE_BYTES, maxDepth: MAX_DEPTH },
    url: `${origin}${pathname.replace(/\/+$/, '')}${subPath}/api`,
    headers: token === undefined ? { 'x-webauth-user': 'admin' } : {}
  })

  async function exchange(method: Dispatcher.HttpMethod, path: string, body: object | undefined, signal: AbortSignal) {
    try {
      return await client.send(method, path, { body, signal })
    } catch (cause) {
      throw cause instanceof JsonClientError ? toGrafanaError(cause, origin, timeoutMs) : cause
    }
  }

  return {
    /** Sends requests until `end` aborts. Waiting and running requests then reject with its reason. */
    until:
      (end: AbortSignal): Send =>
      (method, path, body) =>
        queue.add(() => exchange(method, path, body, end), { signal: end }),

    close: client.close
  }
}

function toGrafanaError(cause: JsonClientError, origin: string, timeoutMs: number): Error {
  if (hasCode(cause, 'TIMEOUT')) return new GrafanaTimeoutError(origin, timeoutMs, { cause })
  if (hasCode(cause, 'TOO_LARGE')) return new GrafanaFailedError('answer', cause.message, { cause })
  return new GrafanaUnreachableError(origin, cause.code, { cause })
}
