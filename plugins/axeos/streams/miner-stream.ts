import { WebSocket } from 'ws'
import { jittered } from '../../../src/backoff.ts'
import { codeOf } from '../../../src/errors/code-of.ts'
import type { Address } from '../../../src/network.ts'

const CLOSE_TIMEOUT_MS = 1000

export interface StreamLimits {
  maxFrameBytes: number
  handshakeMs: number
  /** Time between two pings; a miner that has not answered one by the next is gone. */
  pingMs: number
  /** A stream without a frame for this long is lost. */
  silenceMs: number
}

export interface StreamEvents {
  opened?(): void
  frame(data: Buffer): void
  /** Called once, and never after `close()`. `refused`: the miner does not accept another client. */
  ended(reason: string, refused: boolean): void
}

export type OpenStream = typeof openMinerStream

/**
 * Connects once to a WebSocket of a miner, and pings it. A miner that runs short of sockets drops clients that send nothing,
 * and a dead peer closes no connection. Firmware before v2.15 refuses with HTTP text on a WebSocket that is already open, so
 * a protocol error before the first frame is a refusal (AXEOS.md 1.4).
 */
export function openMinerStream(
  address: Address,
  path: string,
  limits: StreamLimits,
  events: StreamEvents
): { close(): void } {
  // `closeTimeout` is missing from the types of ws, which reject it only in a literal argument
  const options = {
    perMessageDeflate: false,
    skipUTF8Validation: true,
    maxPayload: limits.maxFrameBytes,
    handshakeTimeout: limits.handshakeMs,
    closeTimeout: CLOSE_TIMEOUT_MS
  }
  const ws = new WebSocket(`ws://${address.text}${path}`, options)
  let isEnded = false
  let hasFrame = false
  let isAlive = true
  let receivedAt = 0
  let pingTimer: NodeJS.Timeout | undefined

  /** @returns false when the stream had already ended */
  function end(): boolean {
    clearInterval(pingTimer)
    const wasOpen = !isEnded
    isEnded = true
    return wasOpen
  }
  function fail(reason: string, refused = false): void {
    if (!end()) return
    ws.terminate()
    events.ended(reason, refused)
  }
  function ping(): void {
    if (!isAlive) return fail('the miner does not answer pings')
    if (performance.now() - receivedAt > limits.silenceMs)
      return fail('silent: another client may have taken the stream')
    isAlive = false
    ws.ping()
  }

  ws.on('open', () => {
    if (isEnded) return
    receivedAt = performance.now()
    pingTimer = setInterval(ping, jittered(limits.pingMs))
    events.opened?.()
  })
  ws.on('pong', () => (isAlive = true))
  ws.on('message', (data) => {
    if (isEnded || !Buffer.isBuffer(data)) return
    hasFrame = isAlive = true
    receivedAt = performance.now()
    events.frame(data)
  })
  ws.on('unexpected-response', (_request, { statusCode }) => fail(`refused with status ${statusCode}`, true))
  ws.on('error', (error) => {
    const code = codeOf(error) ?? 'no handshake'
    const isProtocol = code.startsWith('WS_ERR')
    fail(isProtocol ? `refused, or broken (${code})` : `not connected (${code})`, isProtocol && !hasFrame)
  })
  ws.on('close', (code) => fail(`closed by the miner (${code})`))
  return {
    close() {
      end()
      ws.close()
    }
  }
}
