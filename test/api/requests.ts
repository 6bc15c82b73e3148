import { request } from 'node:http'
import * as fc from 'fast-check'
import type { createArbitrary } from './arbitrary.ts'
import type { Operation } from './document.ts'

const TIMEOUT_MS = 10_000

/** One generated request. */
export interface GeneratedRequest {
  operation: Operation
  path: string
  headers: Record<string, string>
  body: string | undefined
}

/** Creates a generator of requests: mostly what the document describes, partly spoiled at random. */
export function createRequests(
  operations: Operation[],
  arbitrary: ReturnType<typeof createArbitrary>
): fc.Arbitrary<GeneratedRequest> {
  const noise = fc.oneof(
    fc.string({ minLength: 1, unit: 'binary' }),
    fc.constantFrom('null', '-1', '1e400', '../..', '%')
  )
  const often = <T>(good: fc.Arbitrary<T>, bad: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 9, arbitrary: good }, { weight: 1, arbitrary: bad })
  const types = fc.constantFrom('application/json', 'application/json; charset=utf-8', 'text/plain', 'a/b', '')
  const type = often(fc.constant('application/json'), types)
  const junk = fc
    .oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue()))
    .map((value) => JSON.stringify(value))

  function requestsOf(operation: Operation): fc.Arbitrary<GeneratedRequest> {
    const { parameters, path, body } = operation
    const inPlace = (place: string) =>
      Object.fromEntries(
        parameters
          .filter((one) => one.in === place)
          .map(({ name, schema }) => [name, often(arbitrary(schema, name).map(String), noise)])
      )
    const json = body
      ? often(
          arbitrary(body).map((value) => JSON.stringify(value)),
          junk
        )
      : fc.constant(undefined)
    const known = fc.record(inPlace('query'), { requiredKeys: [] })
    const query = often(known, fc.dictionary(fc.string({ minLength: 1 }), noise, { maxKeys: 3 }))
    const headers = fc.record(inPlace('header'), { requiredKeys: [] })
    return fc.record({ ids: fc.record(inPlace('path')), query, headers, type, body: json }).map((made) => ({
      operation,
      path: toPath(path, made.ids, made.query),
      headers: { ...ascii(made.headers), ...(made.body !== undefined && { 'content-type': made.type }) },
      body: made.body
    }))
  }

  return fc.oneof(...operations.map(requestsOf))
}

function toPath(path: string, ids: Record<string, string>, query: Record<string, unknown>): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent((ids[name] ?? '').toWellFormed())
  )
  const search = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)])
  )
  return search.size > 0 ? `${filled}?${search}` : filled
}

/** Replaces characters that the HTTP client refuses in headers. */
const ascii = (headers: Record<string, string | undefined>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value = '']) => [name, value.replaceAll(/[^ -~]/g, '?')]))

/** Sends a request unchanged. @throws when no answer arrives in time */
export function sendRequest(
  url: string,
  { operation, path, headers, body }: GeneratedRequest,
  timeoutMs = TIMEOUT_MS
): Promise<{ status: number; type: string; text: string }> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs)
    const outgoing = request(`${url}/`, { method: operation.method, path, headers, signal }, (answer) => {
      answer.setEncoding('utf8')
      let text = ''
      answer.on('data', (part: string) => (text += part))
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, type: `${answer.headers['content-type']}`, text })
      )
      answer.on('error', reject)
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
