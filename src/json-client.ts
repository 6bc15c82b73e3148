import { Agent, request, type Dispatcher } from 'undici'
import { codeOf } from './errors/code-of.ts'
import { sharedLookup } from './lookup.ts'
import { parseSafeJson } from './safe-json.ts'

export interface JsonClientOptions {
  /** URL of the service. It may have a path, which all requests are below. */
  url: string
  /** Limit for a whole exchange: connection, headers and body. */
  timeoutMs: number
  maxResponseBytes: number
  /** Levels that a response may nest. Default: no limit, for a caller that checks the parts with `isDeeper` */
  maxDepth?: number
  /** Connections at the same time. Default: no limit */
  connections?: number
  /** Whether connections stay open between requests. Default: true */
  keepAlive?: boolean
  /** Sent as `Authorization: Bearer`. */
  token?: string | undefined
  headers?: Record<string, string>
}

export interface JsonRequestOptions {
  /** Sent as a form if it is `URLSearchParams`, else as JSON. */
  body?: object | undefined
  /** Aborts the request, which then rejects with the reason of the signal. */
  signal?: AbortSignal
}

export interface JsonResponse {
  status: number
  /** The parsed body; undefined if it is not JSON, such as a proxy's error page, or nests too deep. */
  body: unknown
}

/** No response came. Its message is the reason, such as `the connection failed (ECONNREFUSED)`; `cause` is the original error. */
export class JsonClientError extends Error {
  /** `TIMEOUT`, `TOO_LARGE`, or the code of the failed connection, such as `ECONNREFUSED`. */
  readonly code: string

  constructor(code: string, reason: string, options: ErrorOptions) {
    super(reason, options)
    this.code = code
  }
}

/** Creates a client of an HTTP service that answers JSON. It does not trust the service, and follows no redirects. */
export function createJsonClient(options: JsonClientOptions) {
  const { timeoutMs, maxDepth = Infinity, token, headers } = options
  const { origin, pathname } = new URL(options.url)
  const base = `${origin}${pathname.replace(/\/+$/, '')}/`
  const dispatcher = createAgent(options)
  const ownHeaders = { accept: 'application/json', ...(token && { authorization: `Bearer ${token}` }), ...headers }

  return {
    /**
     * Sends a request. `path` is relative to the URL of the service and may have a query.
     * @returns the response, of any status
     * @throws {JsonClientError} no response came in time, or it is too large
     */
    async send(
      method: Dispatcher.HttpMethod,
      path: string,
      { body: content, signal }: JsonRequestOptions = {}
    ): Promise<JsonResponse> {
      const timeout = AbortSignal.timeout(timeoutMs)
      const encoded = encode(content)
      try {
        const { statusCode, body } = await request(base + path, {
          method,
          headers: { ...ownHeaders, ...encoded.headers },
          body: encoded.text,
          dispatcher,
          signal: signal ? AbortSignal.any([timeout, signal]) : timeout
        })
        return { status: statusCode, body: parse(await body.text(), maxDepth) }
      } catch (cause) {
        signal?.throwIfAborted()
        throw toClientError(cause, timeout.aborted, options)
      }
    },

    /** Ends the requests under way with a {@link JsonClientError}. */
    close: (): Promise<void> => dispatcher.destroy()
  }
}

/** The idle timeouts of undici are off: a total limit replaces them. */
function createAgent({ timeoutMs, maxResponseBytes, connections, keepAlive = true }: JsonClientOptions): Agent {
  return new Agent({
    ...(connections !== undefined && { connections }),
    pipelining: keepAlive ? 1 : 0,
    connect: { timeout: timeoutMs, lookup: sharedLookup },
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: maxResponseBytes
  })
}

function encode(content: object | undefined): { text: string | null; headers: Record<string, string> } {
  if (content === undefined) return { text: null, headers: {} }
  if (content instanceof URLSearchParams)
    return { text: String(content), headers: { 'content-type': 'application/x-www-form-urlencoded' } }
  return { text: JSON.stringify(content), headers: { 'content-type': 'application/json' } }
}

function parse(text: string, maxDepth: number): unknown {
  try {
    return parseSafeJson(text, maxDepth)
  } catch {
    return undefined
  }
}

function toClientError(cause: unknown, isTimeout: boolean, options: JsonClientOptions): JsonClientError {
  const code = codeOf(cause) ?? 'UNKNOWN'
  if (isTimeout || code === 'UND_ERR_CONNECT_TIMEOUT')
    return new JsonClientError('TIMEOUT', `no response within ${options.timeoutMs} ms`, { cause })
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE')
    return new JsonClientError('TOO_LARGE', `its answer is larger than ${options.maxResponseBytes} bytes`, { cause })
  return new JsonClientError(code, `the connection failed (${code})`, { cause })
}
