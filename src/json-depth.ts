const OPENERS = new Set(['{', '['].map((text) => text.charCodeAt(0)))
const CLOSERS = new Set(['}', ']'].map((text) => text.charCodeAt(0)))
const QUOTE = '"'.charCodeAt(0)
const BACKSLASH = '\\'.charCodeAt(0)

/**
 * Tells whether a JSON text nests deeper than so many levels. Everything that walks a value runs out of stack at some depth,
 * so that it has to be known before anything does. Whether it is JSON at all is for the parser to say.
 */
export function isDeeper(text: string, levels: number): boolean {
  let depth = 0
  let inText = false
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i)
    if (inText) {
      if (char === BACKSLASH) i++
      else if (char === QUOTE) inText = false
    } else if (char === QUOTE) inText = true
    else if (OPENERS.has(char)) {
      if (++depth > levels) return true
    } else if (CLOSERS.has(char)) depth--
  }
  return false
}
