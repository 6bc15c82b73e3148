import { hasCode } from '../../src/errors/code-of.ts'
import { PrometheusFailedError, PrometheusTimeoutError } from '../../src/errors/services.ts'
import { createJsonClient, JsonClientError } from '../../src/json-client.ts'
import type { TimeRange } from './time-range.ts'

const CONNECTIONS = 8
/** 1,500 points take 60 KB. */
const MAX_RESPONSE_BYTES = 1024 * 1024
const MAX_DEPTH = 16

type Matrix = { values: [number, string][] }[]

/** Creates a client of the Prometheus at `host`, which may have a path. */
export function createPrometheus(host: string, timeoutMs: number) {
  const client = createJsonClient({
    ...{ url: host, timeoutMs, connections: CONNECTIONS, maxDepth: MAX_DEPTH },
    maxResponseBytes: MAX_RESPONSE_BYTES
  })

  async function queryRange(form: URLSearchParams): Promise<Matrix> {
    try {
      const { body } = await client.send('POST', 'api/v1/query_range', { body: form })
      return toMatrix(body)
    } catch (cause) {
      if (!(cause instanceof JsonClientError)) throw cause
      if (hasCode(cause, 'TIMEOUT')) throw new PrometheusTimeoutError(timeoutMs, { cause })
      throw new PrometheusFailedError(cause.message, { cause })
    }
  }

  return {
    /**
     * Evaluates an expression that returns one series, at the end of each step.
     * @returns one value per step; null where the series has none
     * @throws {PrometheusTimeoutError} the whole response did not come in time
     * @throws {PrometheusFailedError} Prometheus cannot be reached, or its response is not a series
     */
    async read(query: string, { startMs, stepMs, count }: TimeRange): Promise<(number | null)[]> {
      const [start, end] = [startMs + stepMs, startMs + count * stepMs].map((ms) => String(ms / 1000))
      const form = new URLSearchParams({ query, start: start ?? '', end: end ?? '', step: String(stepMs / 1000) })
      const [series] = await queryRange(form)
      const values = Array<number | null>(count).fill(null)
      for (const [seconds, text] of series?.values ?? []) {
        const value = Number(text)
        const index = Math.round((seconds * 1000 - startMs) / stepMs) - 1
        if (index >= 0 && index < count && Number.isFinite(value)) values[index] = value
      }
      return values
    },

    close: client.close
  }
}

function toMatrix(body: unknown): Matrix {
  if (body === undefined) throw new PrometheusFailedError('its answer is not JSON')
  const { status, error, data } = (body ?? {}) as { status?: unknown; error?: unknown; data?: { result?: unknown } }
  if (status !== 'success')
    throw new PrometheusFailedError(typeof error === 'string' ? error : 'its answer is not from Prometheus')
  const result = data?.result
  const isMatrix = (value: unknown): value is Matrix =>
    Array.isArray(value) && value.every((series) => Array.isArray(series?.values) && series.values.every(Array.isArray))
  if (!isMatrix(result)) throw new PrometheusFailedError('its answer is not a series')
  return result
}
