import type { WebSocket } from 'ws'
import type { GapFrame, LogEntry, StatusFrame, EndFrame } from '../../schemas/log.ts'
import { toFrame, type Channel, type Follower } from './channel.ts'
import type { Ring } from './ring-buffer.ts'

const REPLAY_BATCH = 100

export interface ViewerLimits {
  /** Bytes that may wait for a viewer; one who lets more pile up is dropped. */
  maxBufferedBytes: number
  /** Bytes that may wait while old lines are sent. */
  replayBufferedBytes: number
}

export interface ViewerOptions {
  matches(entry: LogEntry): boolean
  limits: ViewerLimits
  /** The stream ends when every device that it shows is gone. */
  endsWithLast: boolean
}

export const defaultLimits: ViewerLimits = { maxBufferedBytes: 1_048_576, replayBufferedBytes: 131_072 }

/** Close codes of RFC 6455 and the IANA registry. */
const NORMAL = 1000
const GOING_AWAY = 1001
const TRY_AGAIN_LATER = 1013

/** One client of a log stream. Old lines are sent as fast as it reads them, new ones at once. */
export class Viewer {
  readonly #socket: WebSocket
  readonly #options: ViewerOptions
  readonly #leaves = new Map<string, () => void>()
  #turn: Promise<void> = Promise.resolve()
  #alive = true

  constructor(socket: WebSocket, options: ViewerOptions) {
    this.#socket = socket
    this.#options = options
    socket.on('pong', () => (this.#alive = true))
    socket.on('close', () => this.#leave())
  }

  /**
   * Shows a device's lines: those after the number first, where one is given.
   * @returns the function that ends it
   */
  join(channel: Channel, after?: number): () => void {
    let live = after === undefined
    const follower: Follower = {
      entry: (entry, frame) => {
        if (live && this.#options.matches(entry)) this.#sendLive(frame())
      },
      status: (status) => this.#send(status),
      end: (mac, reason) => {
        this.#leaves.delete(mac)
        this.#send({ type: 'end', mac, reason })
        if (this.#options.endsWithLast && this.#leaves.size === 0) this.#socket.close(NORMAL, reason)
      }
    }
    const leave = channel.follow(follower)
    this.#leaves.set(channel.mac, leave)
    const caughtUp = () => (live = true)
    if (after !== undefined) this.#turn = this.#turn.then(() => this.#replay(channel, after, caughtUp))
    return leave
  }

  /** Asks the client whether it is there; drops one that has not answered the last time. */
  beat(): void {
    if (!this.#alive) return this.#socket.terminate()
    this.#alive = false
    this.#socket.ping()
  }

  /** Ends the stream because the backend does. */
  stop(): void {
    this.#socket.close(GOING_AWAY, 'the backend stops')
  }

  /** Lines that come while it waits for the client are in the ring when it goes on: none is lost, none is sent twice. */
  async #replay({ mac, ring }: Channel, after: number, caughtUp: () => void): Promise<void> {
    let cursor = after
    if (after > ring.last) {
      this.#send({ type: 'gap', mac, missed: null, from: null, to: null })
      cursor = 0
    }
    while (cursor < ring.last && this.#isOpen) {
      if (this.#socket.bufferedAmount > this.#options.limits.replayBufferedBytes) await this.#flushed()
      cursor = this.#sendBatch(mac, ring, cursor)
    }
    caughtUp()
  }

  #sendBatch(mac: string, ring: Ring, cursor: number): number {
    const from = cursor + 1
    if (ring.first > from) this.#send({ type: 'gap', mac, missed: ring.first - from, from, to: ring.first - 1 })
    let last = cursor
    for (const entry of ring.after(cursor, REPLAY_BATCH)) {
      last = entry.seq
      if (this.#options.matches(entry)) this.#socket.send(toFrame(entry), { binary: false })
    }
    return last
  }

  #flushed(): Promise<void> {
    return new Promise((resolve) => this.#socket.ping(undefined, false, () => resolve()))
  }

  #sendLive(frame: Buffer): void {
    if (!this.#isOpen) return
    this.#socket.send(frame, { binary: false })
    if (this.#socket.bufferedAmount <= this.#options.limits.maxBufferedBytes) return
    this.#leave()
    this.#socket.close(TRY_AGAIN_LATER, 'too slow: lines came faster than they were read')
  }

  #send(frame: GapFrame | StatusFrame | EndFrame): void {
    if (this.#isOpen) this.#socket.send(JSON.stringify(frame))
  }

  #leave(): void {
    for (const leave of this.#leaves.values()) leave()
    this.#leaves.clear()
  }

  get #isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }
}
