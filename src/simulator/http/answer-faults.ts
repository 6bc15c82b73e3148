import { resetConnection } from './sockets.ts'
import { send, writeHead, type Exchange, type Handler } from './exchange.ts'
import type { FaultName } from '../faults.ts'
import { infoOf } from '../miner/info.ts'

const page = '<!DOCTYPE html><html><head><title>Router login</title></head><body><h1>Please log in</h1></body></html>'
const hueError = [{ error: { type: 1, address: '/system/info', description: 'unauthorized user' } }]
const opening = '{"ASICModel":"BM1370","filler":"'

const answers: Partial<Record<FaultName, Handler>> = {
  hang: () => undefined,
  reset: ({ req }) => resetConnection(req.socket),
  http500: (exchange) => send(exchange, 500, 'text/html', 'Internal Server Error'),
  garbage: (exchange) => send(exchange, 200, 'application/json', '{"ASICModel":"BM1370",,\u0000 not JSON'),
  html: (exchange) => send(exchange, 200, 'text/html', page),
  badHttp,
  redirect,
  empty: (exchange) => send(exchange, 200, 'application/json', '{}'),
  array: (exchange) => send(exchange, 200, 'application/json', '[]'),
  hue: (exchange) => send(exchange, 200, 'application/json', JSON.stringify(hueError)),
  huge,
  endless,
  drip
}

/** Answers instead of the firmware when a fault requires it. Returns false when no fault applies. */
export function answerByFault(exchange: Exchange): boolean {
  for (const [name, { params }] of exchange.state.faults) {
    const answer = answers[name]
    if (!answer || !exchange.path.startsWith(String(params['path']))) continue
    answer(exchange)
    return true
  }
  return false
}

/** How long the `slow` fault delays this request, ms. */
export function faultDelayMs({ state, path }: Exchange): number {
  const slow = state.faults.get('slow')?.params
  return slow && path.startsWith(String(slow['path'])) ? Number(slow['ms']) : 0
}

/** Sends a status line that no HTTP client accepts, then the usual answer. */
function badHttp({ req, state }: Exchange): void {
  const body = JSON.stringify(infoOf(state))
  const head = String(state.faults.get('badHttp')?.params['head'])
  req.socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}

function redirect(exchange: Exchange): void {
  const location = String(exchange.state.faults.get('redirect')?.params['location'])
  writeHead(exchange, 302, { Location: location, 'Content-Length': 0 })
  exchange.res.end()
}

function huge(exchange: Exchange): void {
  const size = Math.max(opening.length + 2, Number(exchange.state.faults.get('huge')?.params['bytes']))
  writeHead(exchange, 200, { 'Content-Type': 'application/json', 'Content-Length': size })
  exchange.res.write(opening)
  writeFiller(exchange, size - opening.length - 2, () => exchange.res.end('"}'))
}

function endless(exchange: Exchange): void {
  writeHead(exchange, 200, { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' })
  exchange.res.write(opening)
  writeFiller(exchange, Infinity, () => undefined)
}

/** Writes `bytes` of filler as fast as the client reads it. */
function writeFiller({ res }: Exchange, bytes: number, done: () => void): void {
  const block = Buffer.alloc(65_536, 0x61)
  let left = bytes
  const more = (): void => {
    if (res.destroyed) return
    if (left <= 0) return done()
    const size = Math.min(left, block.length)
    left -= size
    // Yield to the event loop even when the socket accepts everything: the other miners must answer too.
    if (res.write(block.subarray(0, size))) setImmediate(more)
    else res.once('drain', more)
  }
  more()
}

function drip(exchange: Exchange): void {
  const { state, res } = exchange
  const text = JSON.stringify(infoOf(state))
  const bytes = Buffer.from(text)
  writeHead(exchange, 200, { 'Content-Type': 'application/json', 'Content-Length': bytes.length })
  let sent = 0
  const timer = setInterval(
    () => {
      if (res.destroyed || sent >= bytes.length) return clearInterval(timer)
      res.write(bytes.subarray(sent, ++sent))
      if (sent === bytes.length) res.end()
    },
    Number(state.faults.get('drip')?.params['ms'])
  )
  timer.unref()
}
