import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Fields, Json, SimulatorOptions } from '../types.ts'
import type { MinerState } from '../miner/state.ts'
import { prettyJson } from './cjson.ts'

/** One request to one miner on its way through the firmware. */
export interface Exchange {
  readonly state: MinerState
  readonly options: SimulatorOptions
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly method: string
  /** URL without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** What the firmware reads: empty when the body came chunked (AXEOS.md 1.1). */
  readonly body: string
}
export type Handler = (exchange: Exchange) => void

const cors = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Methods': 'GET, POST, PUT, PATCH, DELETE, OPTIONS',
  'Access-Control-Allow-Headers': 'Content-Type'
}

/** Whether this reply ends the connection: NerdQAxe's info since 1.0.29, all its handlers since 1.0.35 (AXEOS.md 1.7). */
function closes({ state, path }: Exchange): boolean {
  const { since } = state.profile.firmware
  return since(null, '1.0.35') || (path === '/api/system/info' && since(null, '1.0.29'))
}

/** Writes the status line and headers the way the firmware does: no `Date`, no `Keep-Alive`. */
export function writeHead(exchange: Exchange, status: number, headers: Record<string, string | number>): void {
  const { res } = exchange
  if (res.headersSent || res.destroyed) return
  res.sendDate = false
  if (closes(exchange)) res.setHeader('Connection', 'close')
  else res.removeHeader('Connection')
  res.writeHead(status, { ...headers, ...cors })
}

/** A reply of known length, or chunked when `chunked` is set. */
export function send(exchange: Exchange, status: number, type: string, body: string, chunked = false): void {
  const length: Record<string, string | number> = chunked
    ? { 'Transfer-Encoding': 'chunked' }
    : { 'Content-Length': Buffer.byteLength(body) }
  writeHead(exchange, status, { 'Content-Type': type, ...length })
  exchange.res.end(body)
}

/** A JSON reply: indented or compact, with a length or chunked, by firmware (AXEOS.md 1.1, 1.7). */
export function sendJson(exchange: Exchange, value: Json, compact = false): void {
  const { pretty, nerd } = exchange.state.profile.firmware
  send(exchange, 200, 'application/json', pretty && !compact ? prettyJson(value) : JSON.stringify(value), nerd)
}

/** An error as `httpd_resp_send_err` sends it: the bare text as HTML. */
export function sendError(exchange: Exchange, status: number, text: string): void {
  send(exchange, status, 'text/html', text)
}

/** 200 with an empty chunked body, the answer to PATCH (AXEOS.md 1.2). */
export function sendNothing(exchange: Exchange): void {
  send(exchange, 200, 'text/html', '', true)
}

/** Remembers a write for the tests. */
export function recordWrite(exchange: Exchange, status: number, applied: Fields): void {
  const { state, method, path, body } = exchange
  state.writes.push({ at: Date.now(), method, path, body, status, applied })
}
