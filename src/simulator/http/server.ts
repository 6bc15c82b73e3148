import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { breakOff } from './break-off.ts'
import { loopbackOf } from '../fleet/addresses.ts'
import { answerByFault, slowness } from './answer-faults.ts'
import { touch } from './connections.ts'
import { sendError, type Exchange } from './exchange.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { route } from './routes.ts'
import { isUnreachable, type MinerState } from '../miner/state.ts'
import { countInfo } from '../fleet/traffic.ts'
import type { SimulatorOptions } from '../types.ts'

/** An exchange whose body is still to come. */
type Open = Exchange & { body: string }
// The firmware's `recv_wait_timeout` (AXEOS.md 5.1).
const receiveTimeoutMs = 5000

/** The HTTP side of all miners: never listens itself, gets its connections from the listener. */
export function createHttp(fleet: Fleet, options: SimulatorOptions): Server {
  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, (req, res) => {
    res.on('error', () => req.socket.destroy())
    req.on('error', () => req.socket.destroy())
    const state = fleet.at(loopbackOf(req.socket.localAddress))
    if (state && arrive(state, req)) receive(openExchange(state, options, req, res))
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  return server
}

/** Counts a request or upgrade. False: the miner is unreachable, the connection is gone. */
export function arrive(state: MinerState, req: IncomingMessage): boolean {
  if (isUnreachable(state)) {
    breakOff(req.socket)
    return false
  }
  touch(state, req.socket)
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

function openExchange(state: MinerState, options: SimulatorOptions, req: IncomingMessage, res: ServerResponse): Open {
  const { url = '/', method = 'GET' } = req
  const [path = '/', query = ''] = url.split('?')
  return { state, options, req, res, method, path, query: new URLSearchParams(query), body: '' }
}

function receive(exchange: Open): void {
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

function run(exchange: Open, chunks: Buffer[], done: () => void): void {
  const { req, res } = exchange
  if (req.socket.destroyed) return done()
  // As on the device, the handler reads the body: a client that does not send it keeps all others waiting for a while.
  const patience = setTimeout(() => refuse(exchange, 500, 'Failed to post control value'), receiveTimeoutMs).unref()
  const go = (): void => {
    clearTimeout(patience)
    // The firmware reads as many bytes as Content-Length says: none when the body is chunked.
    if (req.headers['content-length']) exchange.body = Buffer.concat(chunks).toString()
    answerLater(exchange)
  }
  const over = (): void => {
    clearTimeout(patience)
    res.off('close', over)
    req.socket.off('close', over)
    done()
  }
  res.once('close', over)
  // The socket too: an answer that waits behind another one on its connection never gets a `close` of its own.
  req.socket.once('close', over)
  if (req.readableEnded) go()
  else req.once('end', go)
}

function answerLater(exchange: Exchange): void {
  const waitMs = exchange.options.latencyMs + slowness(exchange)
  if (waitMs > 0) setTimeout(answer, waitMs, exchange).unref()
  else answer(exchange)
}

function answer(exchange: Exchange): void {
  if (exchange.req.socket.destroyed) return
  if (isUnreachable(exchange.state)) breakOff(exchange.req.socket)
  else if (!answerByFault(exchange)) route(exchange)
}
