import type { IncomingMessage } from 'node:http'
import { WebSocket } from 'ws'
import type { LogStreamFrame } from '../../schemas/log.ts'
import type { ViewerOptions } from './log-viewer/command-line.ts'

const FIRST_RETRY_MS = 1000
const LONGEST_RETRY_MS = 30_000
const HANDSHAKE_MS = 10_000
/** The backend pings every 25 s: who hears nothing for so long has lost it. */
const SILENCE_MS = 60_000
const NORMAL = 1000

export interface FollowEvents {
  frame(frame: LogStreamFrame): void
  notice(text: string): void
  /** Nothing comes any more; with the exit code of the process. */
  ended(code: number): void
}

/** Follows logs until it is closed, or until the backend says that there is nothing to follow. It takes up where it was. */
export function followLogs(options: ViewerOptions, events: FollowEvents): { close(): void } {
  const seen = new Map<string, number>()
  let failures = 0
  let over = false
  let timer: NodeJS.Timeout | undefined
  let ws = connect()

  function connect(): WebSocket {
    const headers = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }
    const socket = new WebSocket(addressOf(options, seen), { headers, handshakeTimeout: HANDSHAKE_MS })
    let silence: NodeJS.Timeout | undefined
    const listen = () => {
      clearTimeout(silence)
      silence = setTimeout(() => socket.terminate(), SILENCE_MS)
    }
    socket.on('open', () => {
      failures = 0
      listen()
    })
    socket.on('ping', listen)
    socket.on('message', (data) => {
      const frame: LogStreamFrame = JSON.parse(String(data))
      if (frame.type === 'log') seen.set(frame.mac, frame.seq)
      events.frame(frame)
    })
    socket.on('unexpected-response', (_request, response) => void refuse(response))
    socket.on('error', (error) => over || events.notice(`${options.url.host}: ${error.message || 'no connection'}`))
    socket.on('close', (code) => {
      clearTimeout(silence)
      if (code === NORMAL) finish(0)
      else retry()
    })
    return socket
  }

  function retry(): void {
    if (over) return
    const delayMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures++)
    events.notice(`trying again in ${delayMs / 1000} s`)
    timer = setTimeout(() => (ws = connect()), delayMs)
  }

  async function refuse(response: IncomingMessage): Promise<void> {
    const { statusCode = 0 } = response
    events.notice(`${options.url.host}: ${messageOf(await response.setEncoding('utf8').toArray(), statusCode)}`)
    if (statusCode < 500) finish(1)
    ws.terminate()
  }

  function finish(code: number): void {
    if (over) return
    over = true
    clearTimeout(timer)
    events.ended(code)
  }

  return {
    close() {
      finish(0)
      ws.terminate()
    }
  }
}

function addressOf({ url, macs, level, tag, q }: ViewerOptions, seen: Map<string, number>): URL {
  const address = new URL(`${url.pathname.replace(/\/$/, '')}/logs/stream`, url)
  address.protocol = url.protocol.replace('http', 'ws')
  const after = [...seen].map(([mac, seq]) => `${mac}:${seq}`).join(',')
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
