import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { json } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import type { Test } from 'tap'
import { answer, createGrafanaStore, type Reply } from './fake-grafana-store.ts'

export interface Fault {
  /** Which requests it affects. Default: all */
  hits?: (method: string, path: string) => boolean
  /** The status of the response, or no response at all. */
  does: number | 'hang'
}

export interface Seen {
  method: string
  /** Below `/api/`. */
  path: string
  status: number
}

export interface FakeGrafanaOptions {
  subPath?: string
  /** The only service-account token that is accepted. Without it, the header of the auth proxy is. */
  token?: string
  /** Delay of each response. */
  latencyMs?: number
}

/**
 * Starts a fake Grafana with the part of the HTTP API that the backend uses, and the status codes and messages of the real
 * one. It keeps its data while it is down, and records all requests.
 */
export async function startFakeGrafana(
  t: Test,
  { subPath = '/grafana', token, latencyMs = 0 }: FakeGrafanaOptions = {}
) {
  const store = createGrafanaStore()
  const seen: Seen[] = []
  const counts = { inFlight: 0, maxInFlight: 0 }
  let fault: Fault | null = null
  let server: Server | null = null
  let port = 0

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    counts.maxInFlight = Math.max(counts.maxInFlight, ++counts.inFlight)
    response.once('close', () => counts.inFlight--)
    const method = request.method ?? ''
    const url = new URL(request.url ?? '', 'http://fake')
    const path = url.pathname.slice(`${subPath}/api/`.length).replace(/\/$/, '')
    const body = await json(request).catch(() => undefined)
    if (latencyMs > 0) await wait(latencyMs)
    const reply = url.pathname.startsWith(`${subPath}/api/`)
      ? decide(request, method, path, body)
      : answer(404, 'Not found')
    if (reply === null) return
    seen.push({ method, path, status: reply.status })
    response.writeHead(reply.status, { 'content-type': 'application/json' }).end(JSON.stringify(reply.body))
  }

  function decide(request: IncomingMessage, method: string, path: string, body: unknown): Reply | null {
    if (fault && (fault.hits?.(method, path) ?? true))
      return fault.does === 'hang' ? null : answer(fault.does, 'as told')
    if (path === 'health') return { status: 200, body: { database: 'ok', version: '12.2.0' } }
    return isAllowed(request) ? store.handle(method, path, body) : answer(401, 'Invalid API key')
  }

  function isAllowed({ headers }: IncomingMessage): boolean {
    return token === undefined ? headers['x-webauth-user'] === 'admin' : headers.authorization === `Bearer ${token}`
  }

  const grafana = {
    ...store,
    seen,
    counts,
    get url() {
      return `http://127.0.0.1:${port}`
    },
    /** What changed something. */
    writes: () => seen.filter(({ method }) => method !== 'GET'),
    failWith: (next: Fault | null) => void (fault = next),
    async start(): Promise<void> {
      server = createServer((request, response) => void take(request, response))
      server.listen(port, '127.0.0.1') // the same port after a restart
      await once(server, 'listening')
      const address = server.address()
      if (typeof address === 'object' && address) port = address.port
    },
    async stop(): Promise<void> {
      if (!server) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      server = null
      await closed
    }
  }
  await grafana.start()
  t.teardown(() => grafana.stop())
  return grafana
}
export type FakeGrafana = Awaited<ReturnType<typeof startFakeGrafana>>
