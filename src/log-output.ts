import { constants, fstatSync, openSync, writeSync } from 'node:fs'
import { Socket } from 'node:net'
import { hasCode } from './errors/code-of.ts'

const MAX_WAITING_BYTES = 1_048_576
const RETRY_MS = 20

/** Where log lines go. Writing never blocks, never throws and never ends the process. */
export interface LogOutput {
  write(line: string): void
  /** Number of lines dropped since the process started. */
  readonly dropped: number
  /** Tries once more to write what is waiting, at the end of the process. */
  flush(): void
}

export interface LogOutputOptions {
  /** Bytes that may wait for a slow reader. Default: 1 MiB */
  maxWaitingBytes?: number
  /** Time between two attempts to write to a reader that has stopped, in ms. Default: 20 */
  retryMs?: number
  /** Called when the destination takes lines again, with the number of lines dropped in between. */
  resumed?(dropped: number): void
}

/**
 * Creates the log output on a file descriptor. While the reader of a pipe, socket or terminal has stopped, lines wait; what
 * exceeds the limit is dropped and counted. After an error (terminal gone, disk full, reader gone) the lines that wait are
 * dropped, and each new line is another attempt.
 */
export function createLogOutput(fd: number, options: LogOutputOptions = {}): LogOutput {
  const { maxWaitingBytes = MAX_WAITING_BYTES, retryMs = RETRY_MS } = options
  const target = openWithoutBlocking(fd)
  const waiting: Buffer[] = []
  let waitingBytes = 0
  let timer: NodeJS.Timeout | undefined
  let dropped = 0
  let droppedInARow = 0
  /** Only a part of the first waiting line has been written. */
  let isPartial = false
  /** The destination failed in the middle of a line: the next line starts with a line break. */
  let isTorn = false

  function drop(lines: number): void {
    dropped += lines
    droppedInARow += lines
  }

  function writeFirst(line: Buffer): void {
    const written = writeSync(target.fd, line)
    waitingBytes -= written
    isPartial = written < line.length
    if (isPartial) waiting[0] = line.subarray(written)
    else waiting.shift()
    isTorn &&= isPartial
  }

  function fail(): void {
    isTorn ||= isPartial
    isPartial = false
    drop(waiting.splice(0).length)
    waitingBytes = 0
  }

  function advance(): void {
    timer = undefined
    try {
      while (waiting[0]) writeFirst(waiting[0])
    } catch (error) {
      if (hasCode(error, 'EAGAIN')) timer = setTimeout(advance, retryMs).unref()
      else fail()
      return
    }
    if (droppedInARow === 0) return
    const lines = droppedInARow
    droppedInARow = 0
    options.resumed?.(lines)
  }

  return {
    write(text) {
      const line = Buffer.from(isTorn ? `\n${text}` : text)
      if (waitingBytes + line.length > maxWaitingBytes) return drop(1)
      waiting.push(line)
      waitingBytes += line.length
      if (timer === undefined) advance()
    },
    get dropped() {
      return dropped
    },
    flush() {
      clearTimeout(timer)
      advance()
      clearTimeout(timer)
    }
  }
}

interface Target {
  fd: number
  /** Referenced so that garbage collection does not close the descriptor. */
  handle?: Socket
}

/**
 * Makes writes to a descriptor fail with EAGAIN where they would block. libuv sets O_NONBLOCK on a pipe or socket, as it does
 * for `process.stdout`. A terminal is opened once more instead, because it shares that flag with the shell.
 */
function openWithoutBlocking(fd: number): Target {
  try {
    const stat = fstatSync(fd)
    if (stat.isFIFO() || stat.isSocket()) {
      const handle = new Socket({ fd, readable: false, writable: true })
      handle.on('error', () => undefined)
      handle.unref()
      return { fd, handle }
    }
    if (stat.isCharacterDevice())
      return { fd: openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY) }
  } catch {
    // A destination that cannot be opened a second time is used as it is.
  }
  return { fd }
}
