import { isAllowed } from './access.ts'
import { asicOf } from '../miner/asic.ts'
import { dismissBlock, identify, pause, resetStats, restart, resume, scanWifi, shutdown } from '../miner/commands.ts'
import { sendError, sendJson, writeHead, type Exchange, type Handler } from './exchange.ts'
import type { Firmware } from '../miner/firmware.ts'
import { infoOf } from '../miner/info.ts'
import { getTheme, logs, postTheme, scoreboard, statistics } from '../miner/reports.ts'
import { openOtpSession } from '../settings/otp.ts'
import { patchSystem } from '../settings/patch.ts'
import { deletePool, putPool } from '../settings/pool-slots.ts'

interface Route {
  method: string
  path: string
  /** First ESP-Miner (`em`) and NerdQAxe (`nq`) version that has the route; null means none. */
  em: string | null
  nq: string | null
  handler: Handler
}

const index = '<!DOCTYPE html><html><head><title>AxeOS</title></head><body></body></html>'

const at = (method: string, path: string, em: string | null, nq: string | null, handler: Handler): Route => ({
  method,
  path,
  em,
  nq,
  handler
})

// AXEOS.md 1.2 and 1.7.
const routes: Route[] = [
  at('GET', '/api/system/info', '0', '0', (exchange) => sendJson(exchange, infoOf(exchange.state))),
  at('GET', '/api/system/asic', '2.7.0', '1.0.32', (exchange) => sendJson(exchange, asicOf(exchange.state))),
  at('PATCH', '/api/system', '0', '0', patchSystem),
  at('POST', '/api/system/restart', '0', '0', restart),
  at('GET', '/api/system/statistics', '2.8.0', null, statistics),
  at('GET', '/api/system/wifi/scan', '2.6.0', '1.0.38', scanWifi),
  at('POST', '/api/system/identify', '2.12.0', null, identify),
  at('POST', '/api/system/blockFound/dismiss', '2.13.0', null, dismissBlock),
  at('POST', '/api/system/pause', '2.14.0', null, pause),
  at('POST', '/api/system/resume', '2.14.0', null, resume),
  at('GET', '/api/system/scoreboard', '2.14.0', null, scoreboard),
  at('GET', '/api/system/logs', '2.14.0', null, logs),
  at('PUT', '/api/system/pools/*', '2.15.0', null, putPool),
  at('DELETE', '/api/system/pools/*', '2.15.0', null, deletePool),
  at('GET', '/api/theme', '2.4.3', null, getTheme),
  at('POST', '/api/theme', '2.4.3', null, postTheme),
  at('POST', '/api/system/shutdown', null, '1.0.36', shutdown),
  at('POST', '/api/system/reset-stats', null, '1.0.37', resetStats),
  at('POST', '/api/otp/session', null, '1.0.34', openOtpSession)
]

const tables = new Map<Firmware, Map<string, Handler>>()

/** Answers as the firmware does: access check, then its routes, then its rules for unknown routes (AXEOS.md 1.1, 1.2). */
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
  const present = routes.filter(({ em, nq }) => firmware.since(em, nq))
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
