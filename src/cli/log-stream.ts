import type { IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import type { LogLevel, LogStreamFrame } from '../../schemas/log.ts'
import { backoffMs } from '../backoff.ts'
import { endpointOf, type Connection } from './connection.ts'

const FIRST_RETRY_MS = 1000
const LONGEST_RETRY_MS = 30_000
const HANDSHAKE_TIMEOUT_MS = 10_000
/** The backend pings every 25 s, so after this silence the connection is lost. */
const SILENCE_TIMEOUT_MS = 60_000
const NORMAL_CLOSURE = 1000

/** Which lines to follow. Without MACs, those of every monitored miner. */
export interface LogQuery {
  macs: string[]
  level?: LogLevel
  tag?: string
  q?: string
}

interface LogStreamHandlers {
  onFrame(frame: LogStreamFrame): void
  /** Called with news about the connection. */
  onNotice(text: string): void
  /** Called once, after the last frame, with the exit code for the process. */
  onEnd(code: number): void
}

/**
 * Follows logs until `close` is called or the backend ends the stream. After a lost connection it reconnects and continues after
 * the last line of each miner.
 */
export function followLogs(
  connection: Connection,
  query: LogQuery,
  { onFrame, onNotice, onEnd }: LogStreamHandlers
): { close(): void } {
  const { host } = connection.url
  const lastSeqs = new Map<string, number>()
  let failures = 0
  let hasEnded = false
  let timer: NodeJS.Timeout | undefined
  let ws = connect()

  function connect(): WebSocket {
    const { headers } = connection
    const socket = new WebSocket(addressOf(connection, query, lastSeqs), {
      headers,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS
    })
    let silence: NodeJS.Timeout | undefined
    const restartSilenceTimer = () => {
      clearTimeout(silence)
      silence = setTimeout(() => socket.terminate(), SILENCE_TIMEOUT_MS)
    }
    socket.on('open', () => {
      failures = 0
      restartSilenceTimer()
    })
    socket.on('ping', restartSilenceTimer)
    socket.on('message', (data) => {
      const frame: LogStreamFrame = JSON.parse(String(data))
      if (frame.type === 'log') lastSeqs.set(frame.mac, frame.seq)
      onFrame(frame)
    })
    socket.on('unexpected-response', (_request, response) => void handleRefusal(response))
    socket.on('error', (error) => hasEnded || onNotice(`${host}: ${error.message || 'no connection'}`))
    socket.on('close', (code) => {
      clearTimeout(silence)
      if (code === NORMAL_CLOSURE) end(0)
      else retry()
    })
    return socket
  }

  function retry(): void {
    if (hasEnded) return
    const delayMs = backoffMs(++failures, FIRST_RETRY_MS, LONGEST_RETRY_MS)
    onNotice(`trying again in ${Math.round(delayMs / 1000)} s`)
    timer = setTimeout(() => (ws = connect()), delayMs)
  }

  async function handleRefusal(response: IncomingMessage): Promise<void> {
    const { statusCode = 0 } = response
    onNotice(`${host}: ${messageOf(await response.setEncoding('utf8').toArray(), statusCode)}`)
    if (statusCode < 500) end(1)
    ws.terminate()
  }

  function end(code: number): void {
    if (hasEnded) return
    hasEnded = true
    clearTimeout(timer)
    onEnd(code)
  }

  return {
    close() {
      end(0)
      ws.terminate()
    }
  }
}

function addressOf(connection: Connection, { macs, level, tag, q }: LogQuery, lastSeqs: Map<string, number>): URL {
  const address = endpointOf(connection, '/logs/stream')
  address.protocol = address.protocol.replace('http', 'ws')
  const after = [...lastSeqs].map(([mac, seq]) => `${mac}:${seq}`).join(',')
  for (const [name, value] of Object.entries({ macs: macs.join(','), level, tag, q, after }))
    if (value) address.searchParams.set(name, value)
  return address
}

function messageOf(chunks: string[], statusCode: number): string {
  try {
    return JSON.parse(chunks.join('')).message
  } catch {
    return `status ${statusCode}`
  }
}
