import { Agent, request } from 'undici'
import { PrometheusFailedError, PrometheusTimeoutError } from '../../src/errors/services.ts'
import type { Span } from './time-range.ts'

const CONNECTIONS = 8
/** 1,500 points have 60 KB. */
const MAX_ANSWER_BYTES = 1024 * 1024

type Matrix = { values: [number, string][] }[]

/** Asks a Prometheus at `host`, which may have a path, for series. */
export function createPrometheus(host: string, timeoutMs: number) {
  const { origin, pathname } = new URL(host)
  const url = `${origin}${pathname.replace(/\/+$/, '')}/api/v1/query_range`
  const dispatcher = new Agent({
    connections: CONNECTIONS,
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    maxResponseSize: MAX_ANSWER_BYTES
  })

  async function ask(form: URLSearchParams): Promise<unknown> {
    const signal = AbortSignal.timeout(timeoutMs)
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    try {
      const answer = await request(url, { method: 'POST', headers, body: String(form), dispatcher, signal })
      return await answer.body.json()
    } catch (cause) {
      if (signal.aborted) throw new PrometheusTimeoutError(timeoutMs, { cause })
      throw new PrometheusFailedError(reasonOf(cause), { cause })
    }
  }

  return {
    /**
     * Evaluates an expression that gives one series at the end of each step.
     * @returns one value for each step; null where there is none
     * @throws {PrometheusTimeoutError} no whole answer came in time
     * @throws {PrometheusFailedError} it cannot be reached, or what it answers is no series
     */
    async read(query: string, { startMs, stepMs, count }: Span): Promise<(number | null)[]> {
      const [start, end] = [startMs + stepMs, startMs + count * stepMs].map((ms) => String(ms / 1000))
      const form = new URLSearchParams({ query, start: start ?? '', end: end ?? '', step: String(stepMs / 1000) })
      const [series] = toMatrix(await ask(form))
      const values = Array<number | null>(count).fill(null)
      for (const [seconds, text] of series?.values ?? []) {
        const value = Number(text)
        const at = Math.round((seconds * 1000 - startMs) / stepMs) - 1
        if (at >= 0 && at < count && Number.isFinite(value)) values[at] = value
      }
      return values
    },

    close: () => dispatcher.destroy()
  }
}
export type Prometheus = ReturnType<typeof createPrometheus>

function toMatrix(answer: unknown): Matrix {
  const { status, error, data } = (answer ?? {}) as { status?: unknown; error?: unknown; data?: { result?: unknown } }
  if (status !== 'success')
    throw new PrometheusFailedError(typeof error === 'string' ? error : 'its answer is not known')
  const result = data?.result
  const isMatrix = (value: unknown): value is Matrix =>
    Array.isArray(value) && value.every((series) => Array.isArray(series?.values) && series.values.every(Array.isArray))
  if (!isMatrix(result)) throw new PrometheusFailedError('its answer is no series')
  return result
}

function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'its answer is not JSON'
  return error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be reached'
}
