import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { resetConnection } from './sockets.ts'
import { loopbackOf } from '../fleet/addresses.ts'
import { answerByFault, faultDelayMs } from './answer-faults.ts'
import { markUsed } from './connections.ts'
import { sendError, type Exchange } from './exchange.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { route } from './routes.ts'
import { isUnreachable, type MinerState } from '../miner/state.ts'
import { countInfo } from '../fleet/traffic.ts'
import type { SimulatorOptions } from '../types.ts'

/** An exchange whose body has not been read yet. */
type Unread = Exchange & { body: string }
// The firmware's `recv_wait_timeout` (AXEOS.md 5.1).
const receiveTimeoutMs = 5000

/** Creates the HTTP server of all miners. It never listens: the shared listener passes connections to it. */
export function createHttp(fleet: Fleet, options: SimulatorOptions): Server {
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, (req, res) => {
    res.on('error', () => req.socket.destroy())
    req.on('error', () => req.socket.destroy())
    const state = fleet.at(loopbackOf(req.socket.localAddress))
    if (state && acceptRequest(state, req)) receive(openExchange(state, options, req, res))
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  return server
}

/** Counts a request or an upgrade. Returns false, and resets the connection, when the miner is unreachable. */
export function acceptRequest(state: MinerState, req: IncomingMessage): boolean {
  if (isUnreachable(state)) {
    resetConnection(req.socket)
    return false
  }
  markUsed(state, req.socket)
  const { url = '/', method = 'GET', headers } = req
  state.traffic.requests++
  if (method === 'GET' && url.startsWith('/api/system/info')) countInfo(state.traffic)
  state.onRequest?.({ method, url, headers })
  return true
}

/** Size of the header block, bytes. */
export function headerBytes({ rawHeaders }: IncomingMessage): number {
  return rawHeaders.reduce((sum, part) => sum + Buffer.byteLength(part) + 2, 0)
}

function openExchange(state: MinerState, options: SimulatorOptions, req: IncomingMessage, res: ServerResponse): Unread {
  const { url = '/', method = 'GET' } = req
  const [path = '/', query = ''] = url.split('?')
  return { state, options, req, res, method, path, query: new URLSearchParams(query), body: '' }
}

function receive(exchange: Unread): void {
  const { req, state } = exchange
  const { headerLimit, bodyLimit } = state.profile.firmware
  if (headerBytes(req) > headerLimit) return refuse(exchange, 431, 'Header fields are too long')
  if (Number(req.headers['content-length']) >= bodyLimit) return refuse(exchange, 500, 'content too long')
  const chunks: Buffer[] = []
  req.on('data', (chunk: Buffer) => chunks.push(chunk))
  state.tasks.push((done) => run(exchange, chunks, done))
}

function refuse(exchange: Exchange, status: number, text: string): void {
  exchange.res.setHeader('Connection', 'close')
  exchange.res.shouldKeepAlive = false
  sendError(exchange, status, text)
}

function run(exchange: Unread, chunks: Buffer[], done: () => void): void {
  const { req, res } = exchange
  if (req.socket.destroyed) return done()
  // As on the device, the handler reads the body: a client that does not send it blocks all others until the timeout.
  const timeout = setTimeout(() => refuse(exchange, 500, 'Failed to post control value'), receiveTimeoutMs).unref()
  const readBody = (): void => {
    clearTimeout(timeout)
    // The firmware reads as many bytes as Content-Length says, so it reads nothing of a chunked body.
    if (req.headers['content-length']) exchange.body = Buffer.concat(chunks).toString()
    answerLater(exchange)
  }
  const finish = (): void => {
    clearTimeout(timeout)
    res.off('close', finish)
    req.socket.off('close', finish)
    done()
  }
  res.once('close', finish)
  // The socket too: an answer queued behind another one on its connection never emits `close`.
  req.socket.once('close', finish)
  if (req.readableEnded) readBody()
  else req.once('end', readBody)
}

function answerLater(exchange: Exchange): void {
  const waitMs = exchange.options.latencyMs + faultDelayMs(exchange)
  if (waitMs > 0) setTimeout(answer, waitMs, exchange).unref()
  else answer(exchange)
}

function answer(exchange: Exchange): void {
  if (exchange.req.socket.destroyed) return
  if (isUnreachable(exchange.state)) resetConnection(exchange.req.socket)
  else if (!answerByFault(exchange)) route(exchange)
}
