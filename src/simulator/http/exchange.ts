import type { IncomingMessage, ServerResponse } from 'node:http'
import type { SimulatorOptions } from '../types.ts'
import type { Fields, Json } from '../json.ts'
import type { MinerState } from '../miner/state.ts'

/** One request to one miner, with its response. */
export interface Exchange {
  readonly state: MinerState
  readonly options: SimulatorOptions
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly method: string
  /** URL without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** The body as the firmware reads it: empty for a chunked request (AXEOS.md 1.1). */
  readonly body: string
}
export type Handler = (exchange: Exchange) => void

const cors = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Methods': 'GET, POST, PUT, PATCH, DELETE, OPTIONS',
  'Access-Control-Allow-Headers': 'Content-Type'
}

/** Whether this reply closes the connection: the info reply of NerdQAxe since 1.0.29, all its replies since 1.0.35 (AXEOS.md 1.7). */
function closes({ state, path }: Exchange): boolean {
  const { since } = state.profile.firmware
  return since(null, '1.0.35') || (path === '/api/system/info' && since(null, '1.0.29'))
}

/** Writes the status line and headers as the firmware does: no `Date`, no `Keep-Alive`. */
export function writeHead(exchange: Exchange, status: number, headers: Record<string, string | number>): void {
  const { res } = exchange
  if (res.headersSent || res.destroyed) return
  res.sendDate = false
  if (closes(exchange)) res.setHeader('Connection', 'close')
  else res.removeHeader('Connection')
  res.writeHead(status, { ...headers, ...cors })
}

/** Sends a reply, with its length or chunked. */
export function send(exchange: Exchange, status: number, type: string, body: string, chunked = false): void {
  const length: Record<string, string | number> = chunked
    ? { 'Transfer-Encoding': 'chunked' }
    : { 'Content-Length': Buffer.byteLength(body) }
  writeHead(exchange, status, { 'Content-Type': type, ...length })
  exchange.res.end(body)
}

/** Sends a JSON reply: indented or compact, with its length or chunked, depending on the firmware (AXEOS.md 1.1, 1.7). */
export function sendJson(exchange: Exchange, value: Json, compact = false): void {
  const { pretty, nerd } = exchange.state.profile.firmware
  send(exchange, 200, 'application/json', pretty && !compact ? prettyJson(value) : JSON.stringify(value), nerd)
}

/** Formats JSON as cJSON does: indented with tabs, a tab after each colon, arrays on one line (AXEOS.md 1.1). */
function prettyJson(value: Json, depth = 1): string {
  if (Array.isArray(value)) return `[${value.map((item) => prettyJson(item, depth + 1)).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const indent = '\t'.repeat(depth)
  const lines = Object.entries(value).map(
    ([key, item]) => `${indent}${JSON.stringify(key)}:\t${prettyJson(item, depth + 1)}`
  )
  return `{\n${lines.join(',\n')}\n${'\t'.repeat(depth - 1)}}`
}

/** Sends an error as `httpd_resp_send_err` does: the bare text as HTML. */
export function sendError(exchange: Exchange, status: number, text: string): void {
  send(exchange, status, 'text/html', text)
}

/** Sends 200 with an empty chunked body, the answer to a PATCH (AXEOS.md 1.2). */
export function sendEmpty(exchange: Exchange): void {
  send(exchange, 200, 'text/html', '', true)
}

/** Records a write, for the tests. */
export function recordWrite(exchange: Exchange, status: number, applied: Fields): void {
  const { state, method, path, body } = exchange
  state.writes.push({ at: Date.now(), method, path, body, status, applied })
}
