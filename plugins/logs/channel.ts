import type { LogEntry, LogState, StatusFrame } from '../../schemas/log.ts'
import { createLineReader, type Line } from './line-reader.ts'
import { LogConnection, type ConnectionPolicy, type LogConnectionParts } from './log-connection.ts'
import { parseLine } from './parse.ts'
import { RingBuffer } from './ring-buffer.ts'

/** Receives the log of one device. */
export interface Subscriber {
  /** `frame` returns the entry as bytes of a log frame, encoded once for all subscribers. */
  entry(entry: LogEntry, frame: () => Buffer): void
  status(status: StatusFrame): void
  end(mac: string, reason: string): void
}

interface ChannelParts extends Pick<LogConnectionParts, 'times' | 'confirm' | 'openStream'> {
  bufferLines: number
  policy: ConnectionPolicy
  /** Called for each line. */
  onEntry(entry: LogEntry): void
  /** Called for each change of state. */
  onState(state: LogState): void
}

/** Encodes an entry as the bytes of a log frame. */
export const toFrame = (entry: LogEntry): Buffer => Buffer.from(JSON.stringify({ type: 'log', ...entry }))

/** The log of one device: its recent lines, the connection that receives them, and its subscribers. */
export class Channel {
  readonly mac: string
  readonly buffer: RingBuffer
  readonly connection: LogConnection
  readonly #parts: ChannelParts
  readonly #subscribers = new Set<Subscriber>()
  #read: (data: Buffer) => Line[] = createLineReader()
  #status: StatusFrame
  #holders = 0
  #linger: NodeJS.Timeout | undefined

  constructor(mac: string, parts: ChannelParts) {
    this.mac = mac
    this.#parts = parts
    this.buffer = new RingBuffer(parts.bufferLines)
    this.#status = { type: 'status', mac, state: 'closed' }
    this.connection = new LogConnection(
      {
        times: parts.times,
        confirm: parts.confirm,
        openStream: parts.openStream,
        onConnect: () => (this.#read = createLineReader()),
        onFrame: (data) => this.#receive(data),
        onState: (state, reason) => this.#setState(state, reason)
      },
      parts.policy
    )
  }

  /** Keeps the connection open. @returns the function that releases it, which may be called more than once */
  keepOpen(): () => void {
    this.#holders++
    clearTimeout(this.#linger)
    this.connection.open()
    let held = true
    return () => {
      if (held && --this.#holders === 0) this.#closeLater()
      held = false
    }
  }

  /** Keeps the connection open and notifies a subscriber, starting with the status. @returns the function that unsubscribes */
  subscribe(subscriber: Subscriber): () => void {
    const release = this.keepOpen()
    this.#subscribers.add(subscriber)
    subscriber.status(this.#status)
    return () => {
      this.#subscribers.delete(subscriber)
      release()
    }
  }

  /** Closes for good and tells all subscribers the reason. */
  end(reason: string): void {
    clearTimeout(this.#linger)
    this.#holders = Infinity
    this.connection.close()
    for (const subscriber of this.#subscribers) subscriber.end(this.mac, reason)
    this.#subscribers.clear()
  }

  #closeLater(): void {
    clearTimeout(this.#linger)
    this.#linger = setTimeout(() => this.connection.close(), this.#parts.times.lingerMs)
  }

  #receive(data: Buffer): void {
    for (const line of this.#read(data)) {
      const parsed = parseLine(line)
      if (parsed) this.#publish({ mac: this.mac, receivedAt: new Date().toISOString(), ...parsed })
    }
  }

  #publish(unnumbered: Omit<LogEntry, 'seq'>): void {
    const entry = this.buffer.push(unnumbered)
    let bytes: Buffer | undefined
    const frame = () => (bytes ??= toFrame(entry))
    for (const subscriber of this.#subscribers) subscriber.entry(entry, frame)
    this.#parts.onEntry(entry)
  }

  #setState(state: LogState, reason?: string): void {
    if (state === this.#status.state && reason === this.#status.reason) return
    this.#status = { type: 'status', mac: this.mac, state, ...(reason !== undefined && { reason }) }
    this.#parts.onState(state)
    for (const subscriber of this.#subscribers) subscriber.status(this.#status)
  }
}
