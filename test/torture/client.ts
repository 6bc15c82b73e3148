import { Agent, request } from 'undici'
import type { SecretScanner } from './measures/secret-scanner.ts'

const TIMEOUT_MS = 30_000

/** The outcome of a request; `status` is 0 without a complete answer. */
export interface Answer {
  status: number
  code: string
  text: string
  body: unknown
}

export type Client = ReturnType<typeof createClient>

/** Creates a client of one backend. It scans answers for secrets. `send` never throws: a request without an answer has status 0. */
export function createClient(url: string, watch: SecretScanner) {
  const dispatcher = new Agent({ connections: 32 })

  async function send(method: string, path: string, body?: unknown): Promise<Answer> {
    const headers = { 'content-type': 'application/json' }
    const sent = body === undefined ? {} : { headers, body: JSON.stringify(body) }
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    try {
      const answer = await request(`${url}${path}`, { method, dispatcher, signal, ...sent })
      const text = await answer.body.text()
      watch.search('answers', `${method} ${path}`, text)
      return { status: answer.statusCode, text, ...read(text) }
    } catch (error) {
      const { name, code = name } = error as { name: string; code?: string }
      return { status: 0, code, text: '', body: null }
    }
  }

  return {
    url,
    send,

    /** Returns the `data` of an answer. @throws when the status is not 200 */
    async get<T>(path: string): Promise<T> {
      const { status, text, body } = await send('GET', path)
      if (status !== 200) throw new Error(`GET ${path} was answered with ${status} ${text.slice(0, 300)}`)
      return (body as { data: T }).data
    },

    close: () => dispatcher.destroy()
  }
}

function read(text: string): { code: string; body: unknown } {
  try {
    const body = JSON.parse(text)
    return { code: body?.code ?? '', body }
  } catch {
    return { code: '', body: null }
  }
}

export const isAcknowledged = ({ status }: Answer): boolean => status >= 200 && status < 300
