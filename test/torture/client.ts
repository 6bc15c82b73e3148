import { Agent, request } from 'undici'
import type { SecretWatch } from './measures/secret-scanner.ts'

const PATIENCE_MS = 30_000

/** What came of a request: `status` 0 when no whole answer came. */
export interface Answer {
  status: number
  code: string
  text: string
  body: unknown
}

export type Client = ReturnType<typeof createClient>

/** A client of one backend. It notices secrets in answers, and never throws: a request without an answer has status 0. */
export function createClient(url: string, watch: SecretWatch) {
  const dispatcher = new Agent({ connections: 32 })

  async function send(method: string, path: string, body?: unknown): Promise<Answer> {
    const headers = { 'content-type': 'application/json' }
    const sent = body === undefined ? {} : { headers, body: JSON.stringify(body) }
    const signal = AbortSignal.timeout(PATIENCE_MS)
    try {
      const answer = await request(`${url}${path}`, { method, dispatcher, signal, ...sent })
      const text = await answer.body.text()
      watch.look('answers', `${method} ${path}`, text)
      return { status: answer.statusCode, text, ...read(text) }
    } catch (error) {
      const { name, code = name } = error as { name: string; code?: string }
      return { status: 0, code, text: '', body: null }
    }
  }

  return {
    url,
    send,

    /** The `data` of an answer that has to be 200. @throws when it is not */
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
