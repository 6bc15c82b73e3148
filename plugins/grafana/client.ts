import PQueue from 'p-queue'
import { Agent, request, type Dispatcher } from 'undici'
import { GrafanaFailedError, GrafanaTimeoutError, GrafanaUnreachableError } from '../../src/errors/services.ts'

export const CONCURRENCY = 8
const MAX_ANSWER_BYTES = 8 * 1024 * 1024

export interface ClientOptions {
  host: string
  /** Where Grafana is below its host: `/grafana`, or empty. */
  subPath: string
  /** A service-account token. Without one, requests are those of the user `admin` of the auth proxy. */
  token: string | undefined
  timeoutMs: number
}

export interface Answer {
  status: number
  /** The parsed answer; undefined when it is no JSON, as that of a proxy in front of Grafana. */
  body: unknown
}

/** Sends a request below `/api/`. What Grafana answers is the caller's to judge. */
export type Send = (method: Dispatcher.HttpMethod, path: string, body?: object) => Promise<Answer>

/** Speaks to Grafana: eight requests at once, each with a time limit as a whole, and no redirects. */
export function createClient({ host, subPath, token, timeoutMs }: ClientOptions) {
  const { origin, pathname } = new URL(host)
  const base = `${origin}${pathname.replace(/\/+$/, '')}${subPath}/api/`
  const queue = new PQueue({ concurrency: CONCURRENCY })
  const dispatcher = new Agent({
    connections: CONCURRENCY,
    pipelining: 1,
    connect: { timeout: timeoutMs },
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: MAX_ANSWER_BYTES
  })
  const headers = {
    accept: 'application/json',
    'content-type': 'application/json',
    ...(token === undefined ? { 'x-webauth-user': 'admin' } : { authorization: `Bearer ${token}` })
  }

  async function exchange(method: Dispatcher.HttpMethod, path: string, content: object | undefined, end: AbortSignal) {
    const limit = AbortSignal.timeout(timeoutMs)
    const signal = AbortSignal.any([limit, end])
    try {
      const body = content === undefined ? null : JSON.stringify(content)
      const answer = await request(base + path, { method, headers, body, dispatcher, signal })
      return { status: answer.statusCode, body: parse(await answer.body.text()) }
    } catch (error) {
      end.throwIfAborted()
      throw limit.aborted ? new GrafanaTimeoutError(origin, timeoutMs) : toNamedError(error, origin)
    }
  }

  return {
    /** Sends requests until `end` aborts; those that wait or are under way then reject with its reason. */
    until:
      (end: AbortSignal): Send =>
      (method, path, body) =>
        queue.add(() => exchange(method, path, body, end), { signal: end }),

    close: () => dispatcher.destroy()
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function toNamedError(error: unknown, origin: string): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE')
    return new GrafanaFailedError('answer', `its answer is larger than ${MAX_ANSWER_BYTES} bytes`)
  return new GrafanaUnreachableError(origin, code)
}
