import createClient, { type Client } from 'openapi-fetch'
import type { components, paths } from './schema.d.ts'

/** The named schemas of the OpenAPI document: `Schemas['Device']`, `Schemas['Preset']`, … */
export type Schemas = components['schemas']

/** The body of every error response of the backend. */
export type Failure = Schemas['Error']

export type PlutoClient = Client<paths, 'application/json'>

export interface PlutoClientOptions {
  /** URL of the backend, such as `http://localhost:3000`, including the path of a proxy. */
  baseUrl: string
  /** Bearer token, if the backend requires one. */
  token?: string
  /** Replaces the global `fetch`. */
  fetch?: (request: Request) => Promise<Response>
}

/** The backend answered with an error. */
export class PlutoError extends Error {
  override readonly name = 'PlutoError'
  /** HTTP status. */
  readonly status: number
  /** Stable code of the error, such as `PLUTO_DEVICE_NOT_FOUND`; `UNKNOWN` if something other than the backend answered. */
  readonly code: string
  /** The whole body, if it is an error of the backend. */
  readonly failure: Failure | undefined

  constructor(response: Response, body: unknown) {
    const failure = isFailure(body) ? body : undefined
    super(failure?.message ?? `${response.url} answered ${response.status} ${response.statusText}`.trim())
    this.status = response.status
    this.code = failure?.code ?? 'UNKNOWN'
    this.failure = failure
  }
}

/** The backend could not be reached. `cause` says why. */
export class PlutoUnreachableError extends Error {
  override readonly name = 'PlutoUnreachableError'
}

/**
 * Creates a client with one function per HTTP method, typed by path: `client.GET('/devices/imprint')`. Each resolves to
 * `{ data, response }` or `{ error, response }`; `unwrap` turns that into the data or an exception.
 * @throws {PlutoUnreachableError} from its functions, if no backend answers at `baseUrl`
 */
export function createPlutoClient({ baseUrl, token, fetch }: PlutoClientOptions): PlutoClient {
  const client = createClient<paths, 'application/json'>({
    baseUrl,
    ...(fetch && { fetch }),
    ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } })
  })
  client.use({
    onError: ({ error }) =>
      isAbort(error) ? undefined : new PlutoUnreachableError(`No backend answers at ${baseUrl}`, { cause: error })
  })
  return client
}

/**
 * Waits for an answer and returns its data.
 * @example const { data: devices } = await unwrap(client.GET('/devices/imprint'))
 * @throws {PlutoError} the backend answered with an error
 */
export async function unwrap<Data>(
  answer: Promise<{ data?: Data; error?: unknown; response: Response }>
): Promise<Data> {
  const { data, error, response } = await answer
  if (!response.ok || data === undefined) throw new PlutoError(response, error)
  return data
}

function isFailure(body: unknown): body is Failure {
  return typeof body === 'object' && body !== null && 'message' in body && 'code' in body
}

/** Whether the caller itself aborted the request. Such an error passes through unchanged. */
const isAbort = (error: unknown) => error instanceof Error && ['AbortError', 'TimeoutError'].includes(error.name)
