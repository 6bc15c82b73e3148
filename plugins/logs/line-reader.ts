/** Longest line that is kept, in characters. */
export const LONGEST_LINE = 8192

/** A line as a miner wrote it, with its colours. */
export interface Line {
  text: string
  /** It was longer; the rest is gone. */
  cut: boolean
  /** Nothing came before it on this connection: it may be the end of a line whose beginning nobody heard. */
  first: boolean
}

/**
 * Puts the lines of one connection together: a frame may hold several or a part of one, and a character may be cut in two.
 * What is no UTF-8 becomes U+FFFD. A line that is never ended is never given out: half a line could hide what it holds from
 * redaction.
 * @returns the function that takes a frame and gives the lines that it completes
 */
export function createLineReader(): (frame: Buffer) => Line[] {
  const decoder = new TextDecoder()
  let pending = ''
  let cut = false
  let first = true

  function append(part: string): void {
    const room = LONGEST_LINE - pending.length
    cut ||= part.length > room
    if (room > 0) pending += part.slice(0, room)
  }

  function take(): Line {
    const line = { text: pending.endsWith('\r') ? pending.slice(0, -1) : pending, cut, first }
    pending = ''
    cut = first = false
    return line
  }

  return (frame) => {
    const parts = decoder.decode(frame, { stream: true }).split('\n')
    const last = parts.pop() ?? ''
    const lines = parts.map((part) => {
      append(part)
      return take()
    })
    append(last)
    return lines
  }
}
