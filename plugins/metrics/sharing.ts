import { Readable } from 'node:stream'
import type { Format } from './exposition.ts'

/** With this many scrapes unfinished, further ones share a rendering. */
const UNSHARED = 4
/** A rendering is shared with scrapes that begin within this time, in ms. */
const FRESH_MS = 1000

/** Length of a shared part, in characters. */
const PART_LENGTH = 262_144

interface Rendering {
  parts: Promise<Buffer[]>
  /** By `performance.now()`. */
  madeAt: number
  readers: number
}

/**
 * Bounds what unfinished scrapes cost: scrapers that do not read, or come in hundreds, share one rendering per format and
 * second, and its memory. A few scrapes at a time are rendered each for itself, as they are read.
 * @param render renders one moment, part by part
 * @returns the function that opens the body of a scrape; destroy it to end the scrape
 */
export function shareRenderings(render: (format: Format) => Promise<AsyncIterable<string>>) {
  const shared = new Map<Format, Rendering>()
  let unfinished = 0

  function freshRendering(format: Format): Rendering {
    const known = shared.get(format)
    if (known && performance.now() - known.madeAt < FRESH_MS) return known
    const rendering = { parts: collect(render(format)), madeAt: performance.now(), readers: 0 }
    shared.set(format, rendering)
    return rendering
  }

  async function* read(rendering: Rendering): AsyncGenerator<Buffer> {
    yield* await rendering.parts
  }

  /** The last reader of a rendering releases it. */
  function leave(format: Format, rendering: Rendering): void {
    if (--rendering.readers === 0 && shared.get(format) === rendering) shared.delete(format)
  }

  return async function open(format: Format): Promise<Readable> {
    const rendering = unfinished < UNSHARED ? null : freshRendering(format)
    unfinished++
    if (rendering) rendering.readers++
    try {
      const body = Readable.from(rendering ? read(rendering) : await render(format))
      return body.once('close', () => {
        unfinished--
        if (rendering) leave(format, rendering)
      })
    } catch (error) {
      unfinished--
      throw error
    }
  }
}

/** Few large parts, because hundreds of readers share them: each part costs each reader a system call. */
async function collect(rendering: Promise<AsyncIterable<string>>): Promise<Buffer[]> {
  const parts: Buffer[] = []
  let text = ''
  for await (const part of await rendering) {
    text += part
    if (text.length < PART_LENGTH) continue
    parts.push(Buffer.from(text))
    text = ''
  }
  return text === '' ? parts : [...parts, Buffer.from(text)]
}
