import { WebSocket } from 'ws'
import { jittered } from '../../../src/backoff.ts'
import type { Address } from '../../../src/network.ts'

const CLOSE_TIMEOUT_MS = 1000

export interface StreamLimits {
  maxFrameBytes: number
  handshakeMs: number
  /** Time between two pings; a miner that has not answered one by the next is gone. */
  pingMs: number
  /** A stream that brings nothing for so long is lost. */
  silenceMs: number
}

export interface StreamEvents {
  opened?(): void
  frame(data: Buffer): void
  /** Told once, and never after `close()`. `refused`: the miner does not want one more client. */
  ended(reason: string, refused: boolean): void
}

export type OpenStream = typeof openMinerStream

/**
 * Connects to a WebSocket of a miner, once. Nobody but a client who sends something is safe from being thrown out when sockets
 * run short, and a dead peer tells nobody: hence the pings. Firmware before v2.15 refuses with HTTP text on a WebSocket that is
 * already open, so a protocol error before the first frame is a refusal (AXEOS.md 1.4).
 */
export function openMinerStream(
  address: Address,
  path: string,
  limits: StreamLimits,
  events: StreamEvents
): { close(): void } {
  // `closeTimeout` is missing from the types of ws: in a variable it passes.
  const options = {
    perMessageDeflate: false,
    skipUTF8Validation: true,
    maxPayload: limits.maxFrameBytes,
    handshakeTimeout: limits.handshakeMs,
    closeTimeout: CLOSE_TIMEOUT_MS
  }
  const ws = new WebSocket(`ws://${address.text}${path}`, options)
  let over = false
  let heard = false
  let answered = true
  let heardAt = 0
  let beat: NodeJS.Timeout | undefined

  function finish(): boolean {
    clearInterval(beat)
    const isNews = !over
    over = true
    return isNews
  }
  function fail(reason: string, refused = false): void {
    if (!finish()) return
    ws.terminate()
    events.ended(reason, refused)
  }
  function ping(): void {
    if (!answered) return fail('the miner does not answer pings')
    if (performance.now() - heardAt > limits.silenceMs) return fail('silent: another client may have taken the stream')
    answered = false
    ws.ping()
  }

  ws.on('open', () => {
    if (over) return
    heardAt = performance.now()
    beat = setInterval(ping, jittered(limits.pingMs))
    events.opened?.()
  })
  ws.on('pong', () => (answered = true))
  ws.on('message', (data) => {
    if (over || !Buffer.isBuffer(data)) return
    heard = answered = true
    heardAt = performance.now()
    events.frame(data)
  })
  ws.on('unexpected-response', (_request, { statusCode }) => fail(`refused with status ${statusCode}`, true))
  ws.on('error', (error) => {
    const code = 'code' in error ? String(error.code) : 'no handshake'
    const isProtocol = code.startsWith('WS_ERR')
    fail(isProtocol ? `refused, or broken (${code})` : `not connected (${code})`, isProtocol && !heard)
  })
  ws.on('close', (code) => fail(`closed by the miner (${code})`))
  return {
    close() {
      finish()
      ws.close()
    }
  }
}
