import type { LogEntry, LogState, StatusFrame } from '../../schemas/log.ts'
import { createLineReader, type Line } from './line-reader.ts'
import { parseLine } from './parse.ts'
import { Ring } from './ring-buffer.ts'
import { Tap, type Reach, type TapParts } from './log-connection.ts'

/** Somebody who is told what comes from one device. */
export interface Follower {
  /** `frame` gives the entry as bytes of a log frame, made once for all followers. */
  entry(entry: LogEntry, frame: () => Buffer): void
  status(status: StatusFrame): void
  end(mac: string, reason: string): void
}

export interface ChannelParts extends Pick<TapParts, 'times' | 'confirm' | 'openStream'> {
  bufferLines: number
  reach: Reach
  /** Told of each line, and of each change of state. */
  received(entry: LogEntry): void
  changed(state: LogState): void
}

/** The bytes of an entry on a log stream. */
export const toFrame = (entry: LogEntry): Buffer => Buffer.from(JSON.stringify({ type: 'log', ...entry }))

/** The log of one device: its last lines, the tap they come from, and everybody who wants them. */
export class Channel {
  readonly mac: string
  readonly ring: Ring
  readonly tap: Tap
  readonly #parts: ChannelParts
  readonly #followers = new Set<Follower>()
  #read: (data: Buffer) => Line[] = createLineReader()
  #status: StatusFrame
  #holds = 0
  #linger: NodeJS.Timeout | undefined

  constructor(mac: string, parts: ChannelParts) {
    this.mac = mac
    this.#parts = parts
    this.ring = new Ring(parts.bufferLines)
    this.#status = { type: 'status', mac, state: 'closed' }
    this.tap = new Tap(
      {
        times: parts.times,
        confirm: parts.confirm,
        openStream: parts.openStream,
        began: () => (this.#read = createLineReader()),
        frame: (data) => this.#receive(data),
        became: (state, reason) => this.#become(state, reason)
      },
      parts.reach
    )
  }

  /** Keeps the tap open. @returns the function that lets go of it; it may be called more than once */
  hold(): () => void {
    this.#holds++
    clearTimeout(this.#linger)
    this.tap.open()
    let held = true
    return () => {
      if (held && --this.#holds === 0) this.#lingerOn()
      held = false
    }
  }

  /** Keeps the tap open and tells `follower`, first how the tap is now. @returns the function that ends it */
  follow(follower: Follower): () => void {
    const release = this.hold()
    this.#followers.add(follower)
    follower.status(this.#status)
    return () => {
      this.#followers.delete(follower)
      release()
    }
  }

  /** Closes for good and tells everybody why. */
  end(reason: string): void {
    clearTimeout(this.#linger)
    this.#holds = Infinity
    this.tap.close()
    for (const follower of this.#followers) follower.end(this.mac, reason)
    this.#followers.clear()
  }

  #lingerOn(): void {
    clearTimeout(this.#linger)
    this.#linger = setTimeout(() => this.tap.close(), this.#parts.times.lingerMs)
  }

  #receive(data: Buffer): void {
    for (const line of this.#read(data)) {
      const parsed = parseLine(line)
      if (parsed) this.#publish({ mac: this.mac, receivedAt: new Date().toISOString(), ...parsed })
    }
  }

  #publish(unnumbered: Omit<LogEntry, 'seq'>): void {
    const entry = this.ring.push(unnumbered)
    let bytes: Buffer | undefined
    const frame = () => (bytes ??= toFrame(entry))
    for (const follower of this.#followers) follower.entry(entry, frame)
    this.#parts.received(entry)
  }

  #become(state: LogState, reason?: string): void {
    if (state === this.#status.state && reason === this.#status.reason) return
    this.#status = { type: 'status', mac: this.mac, state, ...(reason !== undefined && { reason }) }
    this.#parts.changed(state)
    for (const follower of this.#followers) follower.status(this.#status)
  }
}
