import createClient, { type Client } from 'openapi-fetch'
import type { components, paths } from './schema.d.ts'

/** What is named in the OpenAPI document: `Schemas['Device']`, `Schemas['Preset']`, … */
export type Schemas = components['schemas']

/** What every request that the backend refuses, or cannot serve, is answered with. */
export type Failure = Schemas['Error']

export type PlutoClient = Client<paths, 'application/json'>

export interface PlutoClientOptions {
  /** Where the backend is, such as `http://localhost:3000`, with the path of a proxy if there is one. */
  baseUrl: string
  /** One of the tokens of a backend that wants one. */
  token?: string
  /** Takes the place of the global `fetch`. */
  fetch?: (request: Request) => Promise<Response>
}

/** The backend has answered, but not with what was asked for. */
export class PlutoError extends Error {
  override readonly name = 'PlutoError'
  /** HTTP status. */
  readonly status: number
  /** Stable name of the error, such as `PLUTO_DEVICE_NOT_FOUND`; `UNKNOWN` when something else than the backend has answered. */
  readonly code: string
  /** The whole answer, when it is the backend's own. */
  readonly failure: Failure | undefined

  constructor(response: Response, body: unknown) {
    const failure = isFailure(body) ? body : undefined
    super(failure?.message ?? `${response.url} has answered ${response.status} ${response.statusText}`.trim())
    this.status = response.status
    this.code = failure?.code ?? 'UNKNOWN'
    this.failure = failure
  }
}

/** Nobody has answered: `cause` says why. */
export class PlutoUnreachableError extends Error {
  override readonly name = 'PlutoUnreachableError'
}

/**
 * Makes a client with a method for each HTTP method, typed by path: `client.GET('/devices/imprint')`. Each gives
 * `{ data, response }` or `{ error, response }`; `unwrap` makes that the data or an exception.
 * @throws {PlutoUnreachableError} from its methods, when nobody answers at `baseUrl`
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
 * Waits for an answer and gives its data.
 * @example const { data: devices } = await unwrap(client.GET('/devices/imprint'))
 * @throws {PlutoError} when the backend has refused the request, or could not serve it
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

/** The caller's own doing, which it wants to see as it is. */
const isAbort = (error: unknown) => error instanceof Error && ['AbortError', 'TimeoutError'].includes(error.name)
