import { stripVTControlCharacters } from 'node:util'
import { redactLine } from '../../src/redact.ts'
import type { LogEntry, LogLevel } from '../../schemas/log.ts'
import { LONGEST_LINE, type Line } from './line-reader.ts'

export type Parsed = Omit<LogEntry, 'mac' | 'seq' | 'receivedAt'>

// AXEOS.md 1.4
const SHAPE = /^(?:([EWIDV]) )?\((\d{1,15})\) ([^:]+): ?(.*)$/
const CONTROL = /[^\P{Cc}\t]/gu
const COLOURS: Record<string, LogLevel> = { '\u001b[0;31m': 'E', '\u001b[0;33m': 'W', '\u001b[0;32m': 'I' }
const isLevel = (letter: string | undefined): letter is LogLevel => letter !== undefined

/**
 * Reads a line of a miner's log, less everything that is for a terminal alone and every secret.
 * @returns null for a line that says nothing, and for the end of a line of which only the beginning would tell what it holds
 */
export function parseLine({ text, cut, first }: Line): Parsed | null {
  const plain = stripVTControlCharacters(text).replace(CONTROL, '').trimEnd()
  if (plain === '' || (first && isTail(plain))) return null
  const raw = redactLine(plain) + (cut ? ` … [cut at ${LONGEST_LINE} characters]` : '')
  const [, letter, uptime, tag, message] = SHAPE.exec(raw) ?? []
  const level = isLevel(letter) ? letter : COLOURS[text.slice(0, 7)]
  if (uptime === undefined || tag === undefined || message === undefined)
    return { ...(level && { level }), message: raw, raw }
  return { uptimeMs: Number(uptime), ...(level && { level }), tag, message, raw }
}

/** JSON without the log line that it belongs to: a password may stand in it, and the method that tells so is gone. */
const isTail = (plain: string) => !SHAPE.test(plain) && plain.includes('"')
