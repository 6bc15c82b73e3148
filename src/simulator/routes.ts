import { isAllowed } from './access.ts'
import { asicOf } from './asic.ts'
import { sendError, sendJson, writeHead, type Exchange, type Handler } from './exchange.ts'
import type { Firmware } from './firmware.ts'
import { infoOf } from './info.ts'

interface Route {
  method: string
  path: string
  /** First ESP-Miner and NerdQAxe version that has it; null: never. */
  em: string | null
  nq: string | null
  /** First ESP-Miner version without it. */
  gone?: string
  handler: Handler
}

const index = '<!DOCTYPE html><html><head><title>AxeOS</title></head><body></body></html>'

const routes: Route[] = [
  {
    method: 'GET',
    path: '/api/system/info',
    em: '0',
    nq: '0',
    handler: (exchange) => sendJson(exchange, infoOf(exchange.state))
  },
  {
    method: 'GET',
    path: '/api/system/asic',
    em: '2.7.0',
    nq: '1.0.32',
    handler: (exchange) => sendJson(exchange, asicOf(exchange.state))
  }
]

const tables = new Map<Firmware, Map<string, Handler>>()

/** Answers as the firmware does: access check, then its own routes, then its rules for unknown ones (AXEOS.md 1.1, 1.2). */
export function route(exchange: Exchange): void {
  const { firmware } = exchange.state.profile
  const table = tables.get(firmware) ?? tableOf(firmware)
  const api = exchange.path.startsWith('/api/')
  if (api && !isAllowed(exchange.req, exchange.state)) return sendError(exchange, 401, 'Unauthorized')
  if (api && exchange.method === 'OPTIONS') return sendError(exchange, 200, '')
  const path = exchange.path.replace(/^(\/api\/system\/pools\/).+$/, '$1*')
  const handler = table.get(`${exchange.method} ${path}`)
  if (handler) handler(exchange)
  else unknown(exchange, api)
}

function tableOf(firmware: Firmware): Map<string, Handler> {
  const present = routes.filter(({ em, nq, gone }) => firmware.since(em, nq) && !(gone && firmware.since(gone, null)))
  const table = new Map(present.map(({ method, path, handler }) => [`${method} ${path}`, handler]))
  tables.set(firmware, table)
  return table
}

function unknown(exchange: Exchange, api: boolean): void {
  const { firmware } = exchange.state.profile
  if (api && firmware.since('2.9.0', null)) return notFound(exchange)
  if (exchange.method !== 'GET') return sendError(exchange, 405, 'Request method for this URI is not handled by server')
  if (exchange.path === '/') return sendError(exchange, 200, index)
  const text = 'Redirect to the captive portal'
  exchange.res.statusMessage = 'Temporary Redirect'
  writeHead(exchange, 302, { 'Content-Type': 'text/html', Location: '/', 'Content-Length': text.length })
  exchange.res.end(text)
}

function notFound(exchange: Exchange): void {
  const text = '{"error":"unknown route"}'
  writeHead(exchange, 404, { 'Content-Type': 'application/json', 'Content-Length': text.length })
  exchange.res.end(text)
}
