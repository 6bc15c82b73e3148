import { hasCode } from '../../../src/errors/code-of.ts'
import { DiscoveryFailedError, DiscoveryTimeoutError } from '../../../src/errors/services.ts'
import { createJsonClient, JsonClientError, type JsonResponse } from '../../../src/json-client.ts'
import type { DiscoverQuery, DiscoveredQuery } from '../../../schemas/discovery.ts'

const MAX_RESPONSE_BYTES = 32 * 1024 * 1024

export type DiscoveryServiceClient = ReturnType<typeof createDiscoveryServiceClient>

/**
 * Creates a client of an external discovery service (CONTRACT.md 5). It keeps no connection, because requests are rare. The
 * rows of a response are not checked, and may nest to any depth: the caller drops the unusable ones.
 */
export function createDiscoveryServiceClient(host: string, timeoutMs: number) {
  const client = createJsonClient({ url: host, timeoutMs, maxResponseBytes: MAX_RESPONSE_BYTES, keepAlive: false })

  async function get(path: string): Promise<JsonResponse> {
    try {
      return await client.send('GET', path)
    } catch (cause) {
      if (!(cause instanceof JsonClientError)) throw cause
      if (hasCode(cause, 'TIMEOUT')) throw new DiscoveryTimeoutError(timeoutMs, { cause })
      throw new DiscoveryFailedError(cause.message, { cause })
    }
  }

  async function list(path: string, query: DiscoverQuery | DiscoveredQuery): Promise<unknown[]> {
    const search = new URLSearchParams()
    for (const [name, value] of Object.entries(query)) if (value) search.set(name, value)
    const { status, body } = await get(search.size > 0 ? `${path}?${search}` : path)
    if (status !== 200) throw new DiscoveryFailedError(`it answered with status ${status}`)
    if (body === undefined) throw new DiscoveryFailedError('its answer is not JSON')
    if (!Array.isArray(body)) throw new DiscoveryFailedError('its answer is not a list')
    return body
  }

  return {
    /** Requests a search. @throws {DiscoveryFailedError | DiscoveryTimeoutError} */
    discover: (query: DiscoverQuery) => list('discover', query),

    /** Lists what the service found before. @throws {DiscoveryFailedError | DiscoveryTimeoutError} */
    discovered: (query: DiscoveredQuery) => list('discovered', query),

    /** Ends the requests under way with a {@link DiscoveryFailedError}. */
    close: client.close
  }
}
