import { stripVTControlCharacters } from 'node:util'
import { redactLine } from '../../src/redact.ts'
import type { LogEntry, LogLevel } from '../../schemas/log.ts'
import { MAX_LINE_LENGTH, type Line } from './line-reader.ts'

type ParsedLine = Omit<LogEntry, 'mac' | 'seq' | 'receivedAt'>

// AXEOS.md 1.4
const SHAPE = /^(?:([EWIDV]) )?\((\d{1,15})\) ([^:]+): ?(.*)$/
const CONTROL = /[^\P{Cc}\t]/gu
const COLOURS: Record<string, LogLevel> = { '\u001b[0;31m': 'E', '\u001b[0;33m': 'W', '\u001b[0;32m': 'I' }
const isLevel = (letter: string | undefined): letter is LogLevel => letter !== undefined

/**
 * Parses a line of a miner's log, without terminal codes and secrets.
 * @returns null for an empty line, and for the tail of a line whose secrets cannot be recognised without its start
 */
export function parseLine({ text, cut, first }: Line): ParsedLine | null {
  const plain = stripVTControlCharacters(text).replace(CONTROL, '').trimEnd()
  if (plain === '' || (first && isTail(plain))) return null
  const raw = redactLine(plain) + (cut ? ` … [cut at ${MAX_LINE_LENGTH} characters]` : '')
  const [, letter, uptime, tag, message] = SHAPE.exec(raw) ?? []
  const level = isLevel(letter) ? letter : COLOURS[text.slice(0, 7)]
  if (uptime === undefined || tag === undefined || message === undefined)
    return { ...(level && { level }), message: raw, raw }
  return { uptimeMs: Number(uptime), ...(level && { level }), tag, message, raw }
}

/** JSON whose start is missing: it may hold a password, and the method name that would show it is lost. */
const isTail = (plain: string) => !SHAPE.test(plain) && plain.includes('"')
