import type { WebSocket } from 'ws'
import { createSerial } from '../../src/serial.ts'
import type { GapFrame, LogEntry, StatusFrame, EndFrame } from '../../schemas/log.ts'
import { toFrame, type Channel, type Subscriber } from './channel.ts'
import type { RingBuffer } from './ring-buffer.ts'

const REPLAY_BATCH = 100

export interface ViewerLimits {
  /** Most bytes to queue for a viewer. A viewer that falls further behind is disconnected. */
  maxBufferedBytes: number
  /** Most bytes to queue while replaying buffered lines. */
  replayBufferedBytes: number
}

export interface ViewerOptions {
  matches(entry: LogEntry): boolean
  limits: ViewerLimits
  /** Called with the length of each frame that is queued for the client. */
  onQueued(bytes: number): void
  /** Close the stream when the last of its devices has ended. */
  endsWithLast: boolean
}

export const defaultLimits: ViewerLimits = { maxBufferedBytes: 1_048_576, replayBufferedBytes: 131_072 }

/** Close codes of RFC 6455 and the IANA registry. */
const NORMAL = 1000
const GOING_AWAY = 1001
const TRY_AGAIN_LATER = 1013

/** One client of a log stream. Buffered lines are replayed as fast as the client reads; new lines are sent at once. */
export class Viewer {
  readonly #socket: WebSocket
  readonly #options: ViewerOptions
  readonly #detachers = new Map<string, () => void>()
  readonly #replays = createSerial()
  #alive = true

  constructor(socket: WebSocket, options: ViewerOptions) {
    this.#socket = socket
    this.#options = options
    socket.on('pong', () => (this.#alive = true))
    socket.on('close', () => this.#detachAll())
  }

  /**
   * Sends a device's lines: with `after`, first the buffered ones after that number.
   * @returns the function that detaches the viewer from the device
   */
  attach(channel: Channel, after?: number): () => void {
    let live = after === undefined
    const subscriber: Subscriber = {
      entry: (entry, frame) => {
        if (live && this.#options.matches(entry)) this.#sendLive(frame())
      },
      status: (status) => this.#send(status),
      end: (mac, reason) => {
        this.#detachers.delete(mac)
        this.#send({ type: 'end', mac, reason })
        if (this.#options.endsWithLast && this.#detachers.size === 0) this.#socket.close(NORMAL, reason)
      }
    }
    const detach = channel.subscribe(subscriber)
    this.#detachers.set(channel.mac, detach)
    const caughtUp = () => (live = true)
    if (after !== undefined) void this.#replays.run(() => this.#replay(channel, after, caughtUp))
    return detach
  }

  /** Pings the client, and disconnects it if it has not answered the previous ping. */
  ping(): void {
    if (!this.#alive) return this.#socket.terminate()
    this.#alive = false
    this.#socket.ping()
  }

  /** Ends the stream, because the service stops. */
  stop(): void {
    this.#socket.close(GOING_AWAY, 'the service is stopping')
  }

  /** Lines that arrive while it waits for the client are in the buffer when it continues, so none is lost or sent twice. */
  async #replay({ mac, buffer }: Channel, after: number, caughtUp: () => void): Promise<void> {
    let cursor = after
    if (after > buffer.last) {
      this.#send({ type: 'gap', mac, missed: null, from: null, to: null })
      cursor = 0
    }
    while (cursor < buffer.last && this.#isOpen) {
      if (this.#socket.bufferedAmount > this.#options.limits.replayBufferedBytes) await this.#flushed()
      cursor = this.#sendBatch(mac, buffer, cursor)
    }
    caughtUp()
  }

  #sendBatch(mac: string, buffer: RingBuffer, cursor: number): number {
    const from = cursor + 1
    if (buffer.first > from) this.#send({ type: 'gap', mac, missed: buffer.first - from, from, to: buffer.first - 1 })
    let last = cursor
    for (const entry of buffer.after(cursor, REPLAY_BATCH)) {
      last = entry.seq
      if (this.#options.matches(entry)) this.#queue(toFrame(entry))
    }
    return last
  }

  #flushed(): Promise<void> {
    return new Promise((resolve) => this.#socket.ping(undefined, false, () => resolve()))
  }

  #sendLive(frame: Buffer): void {
    if (!this.#isOpen) return
    this.#queue(frame)
    if (this.#socket.bufferedAmount <= this.#options.limits.maxBufferedBytes) return
    this.#detachAll()
    this.#socket.close(TRY_AGAIN_LATER, 'too slow: lines arrive faster than they are read')
  }

  #queue(frame: Buffer): void {
    this.#socket.send(frame, { binary: false })
    this.#options.onQueued(frame.length)
  }

  #send(frame: GapFrame | StatusFrame | EndFrame): void {
    if (this.#isOpen) this.#socket.send(JSON.stringify(frame))
  }

  #detachAll(): void {
    for (const detach of this.#detachers.values()) detach()
    this.#detachers.clear()
  }

  get #isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }
}
