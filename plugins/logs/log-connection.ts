import type { FastifyInstance } from 'fastify'
import { backoffMs, jittered } from '../../src/backoff.ts'
import type { Address } from '../../src/network.ts'
import type { LogState } from '../../schemas/log.ts'
import type { LogTimes } from './times.ts'

// A frame of a miner has 4096 bytes at most (AXEOS.md 1.4).
const MAX_FRAME_BYTES = 65_536

export interface TapParts {
  times: LogTimes
  /** Finds out where the device is, by asking who answers there. Rejects when it is not to be had. */
  confirm(signal: AbortSignal): Promise<Address>
  openStream: FastifyInstance['axeos']['openStream']
  /** A new connection: nothing of what comes now belongs to what came before. */
  began(): void
  frame(data: Buffer): void
  became(state: LogState, reason?: string): void
}

/** What the hub thinks of a device. `go`: it answers; `stay`: it does not, so let nothing begin; `leave`: it is not there. */
export type Reach = { kind: 'go' } | { kind: 'stay' | 'leave'; reason: string }

/**
 * Keeps one connection to a miner's log for as long as it is wanted and the miner is to be had. It never gives up and never
 * hurries: there is one attempt or one timer at a time, and only a line that was heard makes it forget earlier failures.
 */
export class Tap {
  readonly #parts: TapParts
  #reach: Reach
  #wanted = false
  #failures = 0
  #notBefore = 0
  #lastReason = ''
  #attempt: AbortController | null = null
  #connection: { close(): void } | null = null
  #timer: NodeJS.Timeout | undefined

  constructor(parts: TapParts, reach: Reach) {
    this.#parts = parts
    this.#reach = reach
  }

  /** Begins, unless it has begun. */
  open(): void {
    if (this.#wanted) return
    this.#wanted = true
    this.#advance()
  }

  /** Ends for good, or until it is opened again. */
  close(): void {
    if (!this.#wanted) return
    this.#wanted = false
    this.#disconnect()
    this.#parts.became('closed')
  }

  /** Takes in what the hub thinks of the device now. */
  reach(reach: Reach): void {
    this.#reach = reach
    if (!this.#wanted) return
    if (reach.kind === 'leave') this.#disconnect()
    this.#advance()
  }

  /** The device is at another address now. */
  move(): void {
    if (!this.#wanted) return
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
    if (!this.#wanted || this.#attempt || this.#connection) return
    if (this.#reach.kind !== 'go') return this.#parts.became('waiting', this.#reach.reason)
    const waitMs = this.#notBefore - performance.now()
    if (waitMs <= 0) return void this.#begin()
    this.#timer = setTimeout(() => this.#advance(), waitMs)
    this.#parts.became('waiting', this.#lastReason)
  }

  async #begin(): Promise<void> {
    const attempt = (this.#attempt = new AbortController())
    this.#parts.became('connecting')
    try {
      const address = await this.#parts.confirm(attempt.signal)
      if (this.#attempt === attempt) this.#connect(address)
    } catch (error) {
      if (this.#attempt === attempt) this.#fail(error instanceof Error ? error.message : 'no answer', false)
    }
  }

  #connect(address: Address): void {
    this.#attempt = null
    this.#parts.began()
    const limits = { ...this.#parts.times, maxFrameBytes: MAX_FRAME_BYTES }
    this.#connection = this.#parts.openStream(address, '/api/ws', limits, {
      opened: () => this.#parts.became('open'),
      frame: (data) => {
        this.#failures = 0
        this.#parts.frame(data)
      },
      ended: (reason, refused) => this.#fail(reason, refused)
    })
  }

  #fail(reason: string, refused: boolean): void {
    this.#attempt = this.#connection = null
    this.#failures++
    const { times } = this.#parts
    const delayMs = refused ? jittered(times.refusedMs) : backoffMs(this.#failures, times.retryMs, times.longestRetryMs)
    this.#notBefore = performance.now() + delayMs
    this.#lastReason = reason
    this.#advance()
  }
}
