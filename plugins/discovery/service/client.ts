import { Agent, request } from 'undici'
import type { DiscoverQuery, DiscoveredQuery } from '../../../schemas/discovery.ts'
import { DiscoveryFailedError, DiscoveryTimeoutError } from '../../../src/errors/services.ts'

export const MAX_ANSWER_BYTES = 32 * 1024 * 1024

export type ServiceClient = ReturnType<typeof createServiceClient>

/**
 * Makes a client of an external discovery service (CONTRACT.md 5). What it answers is a list of anything: the service
 * may be wrong. Redirects are not followed, and no connection is kept, because questions are rare.
 */
export function createServiceClient(host: string, timeoutMs: number) {
  const dispatcher = new Agent({
    pipelining: 0,
    connect: { timeout: timeoutMs },
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: MAX_ANSWER_BYTES
  })

  async function get(url: URL): Promise<{ status: number; text: string }> {
    const limit = AbortSignal.timeout(timeoutMs)
    try {
      const { statusCode, body } = await request(url, { dispatcher, signal: limit })
      if (statusCode === 200) return { status: statusCode, text: await body.text() }
      await body.dump()
      return { status: statusCode, text: '' }
    } catch (error) {
      throw limit.aborted ? new DiscoveryTimeoutError(timeoutMs) : toNamedError(error, timeoutMs)
    }
  }

  async function ask(path: string, query: DiscoverQuery | DiscoveredQuery): Promise<unknown[]> {
    const url = new URL(path, host.endsWith('/') ? host : `${host}/`)
    for (const [name, value] of Object.entries(query)) if (value) url.searchParams.set(name, value)
    const { status, text } = await get(url)
    if (status !== 200) throw new DiscoveryFailedError(`it answered with status ${status}`)
    return parseList(text)
  }

  return {
    /** Asks for a search. @throws {DiscoveryFailedError | DiscoveryTimeoutError} */
    discover: (query: DiscoverQuery) => ask('discover', query),

    /** Asks for what was found before. @throws {DiscoveryFailedError | DiscoveryTimeoutError} */
    discovered: (query: DiscoveredQuery) => ask('discovered', query),

    /** Ends what is under way with a {DiscoveryFailedError}. */
    close: () => dispatcher.destroy()
  }
}

function parseList(text: string): unknown[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new DiscoveryFailedError('its answer is not JSON')
  }
  if (!Array.isArray(value)) throw new DiscoveryFailedError('its answer is not a list')
  return value
}

function toNamedError(error: unknown, timeoutMs: number): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return new DiscoveryTimeoutError(timeoutMs)
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE')
    return new DiscoveryFailedError(`its answer is larger than ${MAX_ANSWER_BYTES} bytes`)
  return new DiscoveryFailedError(`the connection to it failed (${code})`)
}
