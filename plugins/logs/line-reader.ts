/** Longest line to keep, in characters. */
export const MAX_LINE_LENGTH = 8192

/** A line as the miner wrote it, with its terminal colours. */
export interface Line {
  text: string
  /** It was longer than `MAX_LINE_LENGTH`; the rest is lost. */
  cut: boolean
  /** It is the first of its connection, so it may be the end of a longer line. */
  first: boolean
}

/**
 * Creates the reader that assembles the lines of one connection. A frame may hold several lines or a part of one, and may split
 * a character. Invalid UTF-8 becomes U+FFFD. An unfinished line is never returned, because redaction could miss a secret in
 * half a line.
 * @returns the function that takes a frame and returns the lines it completes
 */
export function createLineReader(): (frame: Buffer) => Line[] {
  const decoder = new TextDecoder()
  let pending = ''
  let cut = false
  let first = true

  function append(part: string): void {
    const room = MAX_LINE_LENGTH - pending.length
    cut ||= part.length > room
    if (room > 0) pending += part.slice(0, room)
  }

  function finishLine(): Line {
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
      return finishLine()
    })
    append(last)
    return lines
  }
}
