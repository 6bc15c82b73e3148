import type { FastifyInstance } from 'fastify'
import { backoffMs, jittered } from '../../src/backoff.ts'
import type { Address } from '../../src/network.ts'
import type { LogState } from '../../schemas/log.ts'
import type { LogTimes } from './times.ts'

// Frames of a miner have at most 4096 bytes (AXEOS.md 1.4).
const MAX_FRAME_BYTES = 65_536

export interface LogConnectionParts {
  times: LogTimes
  /** Confirms who answers at the device's address, and returns the address. @throws when the device cannot be reached */
  confirm(signal: AbortSignal): Promise<Address>
  openStream: FastifyInstance['axeos']['openStream']
  /** Called for each new connection, before its first frame. */
  onConnect(): void
  onFrame(data: Buffer): void
  onState(state: LogState, reason?: string): void
}

/**
 * What the state of a device means for its connection. `connect`: connect if not connected; `keep`: keep an open connection, but
 * open none; `disconnect`: close it.
 */
export type ConnectionPolicy = { kind: 'connect' } | { kind: 'keep' | 'disconnect'; reason: string }

/**
 * Keeps one connection to a miner's log while it is open and the device allows it. It retries for ever with a growing delay,
 * with one attempt or one timer at a time. Only a received frame resets the delay.
 */
export class LogConnection {
  readonly #parts: LogConnectionParts
  #policy: ConnectionPolicy
  #isOpen = false
  #failures = 0
  #nextAttemptAt = 0
  #lastReason = ''
  #attempt: AbortController | null = null
  #connection: { close(): void } | null = null
  #timer: NodeJS.Timeout | undefined

  constructor(parts: LogConnectionParts, policy: ConnectionPolicy) {
    this.#parts = parts
    this.#policy = policy
  }

  /** Starts connecting. No effect when already open. */
  open(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    this.#advance()
  }

  /** Disconnects until it is opened again. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#disconnect()
    this.#parts.onState('closed')
  }

  /** Applies the policy of the device's new state. */
  setPolicy(policy: ConnectionPolicy): void {
    this.#policy = policy
    if (!this.#isOpen) return
    if (policy.kind === 'disconnect') this.#disconnect()
    this.#advance()
  }

  /** Connects again, because the device has a new address. */
  reconnect(): void {
    if (!this.#isOpen) return
    this.#disconnect()
    this.#advance()
  }

  #disconnect(): void {
    clearTimeout(this.#timer)
    this.#attempt?.abort()
    this.#attempt = null
    this.#connection?.close()
    this.#connection = null
  }

  #advance(): void {
    clearTimeout(this.#timer)
    if (!this.#isOpen || this.#attempt || this.#connection) return
    if (this.#policy.kind !== 'connect') return this.#parts.onState('waiting', this.#policy.reason)
    const waitMs = this.#nextAttemptAt - performance.now()
    if (waitMs <= 0) return void this.#startAttempt()
    this.#timer = setTimeout(() => this.#advance(), waitMs)
    this.#parts.onState('waiting', this.#lastReason)
  }

  async #startAttempt(): Promise<void> {
    const attempt = (this.#attempt = new AbortController())
    this.#parts.onState('connecting')
    try {
      const address = await this.#parts.confirm(attempt.signal)
      if (this.#attempt === attempt) this.#connect(address)
    } catch (error) {
      if (this.#attempt === attempt) this.#handleFailure(error instanceof Error ? error.message : 'no answer', false)
    }
  }

  #connect(address: Address): void {
    this.#attempt = null
    this.#parts.onConnect()
    const limits = { ...this.#parts.times, maxFrameBytes: MAX_FRAME_BYTES }
    this.#connection = this.#parts.openStream(address, '/api/ws', limits, {
      opened: () => this.#parts.onState('open'),
      frame: (data) => {
        this.#failures = 0
        this.#parts.onFrame(data)
      },
      ended: (reason, refused) => this.#handleFailure(reason, refused)
    })
  }

  #handleFailure(reason: string, refused: boolean): void {
    this.#attempt = this.#connection = null
    this.#failures++
    const { times } = this.#parts
    const delayMs = refused ? jittered(times.refusedMs) : backoffMs(this.#failures, times.retryMs, times.longestRetryMs)
    this.#nextAttemptAt = performance.now() + delayMs
    this.#lastReason = reason
    this.#advance()
  }
}
