import { WebSocket } from 'ws'
import type { Address } from '../../src/network.ts'
import { jittered, type LogTimes } from './times.ts'

// A frame of a miner has 4096 bytes at most (AXEOS.md 1.4).
const MAX_FRAME_BYTES = 65_536
const CLOSE_TIMEOUT_MS = 1000

export interface ConnectionEvents {
  opened(): void
  frame(data: Buffer): void
  /** Told once, and never after `close()`. `refused`: the miner does not want one more client. */
  ended(reason: string, refused: boolean): void
}

/**
 * Connects to a miner's log stream, once. Firmware before v2.15 refuses with HTTP text on a WebSocket that is already open,
 * so a protocol error before the first frame is a refusal (AXEOS.md 1.4).
 */
export function connect(address: Address, times: LogTimes, events: ConnectionEvents): { close(): void } {
  // `closeTimeout` is missing from the types of ws: in a variable it passes.
  const options = {
    perMessageDeflate: false,
    skipUTF8Validation: true,
    maxPayload: MAX_FRAME_BYTES,
    handshakeTimeout: times.handshakeMs,
    closeTimeout: CLOSE_TIMEOUT_MS
  }
  const ws = new WebSocket(`ws://${address.text}/api/ws`, options)
  let over = false
  let answered = true
  let heard = false
  let heardAt = 0
  let beat: NodeJS.Timeout | undefined

  function finish(): boolean {
    clearInterval(beat)
    const was = over
    over = true
    return !was
  }
  function fail(reason: string, refused = false): void {
    const isNews = finish()
    ws.terminate()
    if (isNews) events.ended(reason, refused)
  }
  function ping(): void {
    if (!answered) return fail('the miner does not answer pings')
    if (performance.now() - heardAt > times.silenceMs) return fail('silent: another client may have taken the stream')
    answered = false
    ws.ping()
  }

  ws.on('open', () => {
    heardAt = performance.now()
    beat = setInterval(ping, jittered(times.pingMs))
    events.opened()
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
