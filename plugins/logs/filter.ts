import { LOG_LEVELS, type LogEntry, type LogFilter } from '../../schemas/log.ts'

/**
 * Makes the test of a filter: `level` and everything more severe (a line without a level counts as info), one of the
 * comma-separated tags, a part of the line in any case.
 */
export function createFilter({ level = 'V', tag, q }: LogFilter): (entry: LogEntry) => boolean {
  const leastSevere = LOG_LEVELS.indexOf(level)
  const tags = tag === undefined ? null : new Set(tag.split(',').map((name) => name.trim()))
  const part = q?.toLowerCase()
  return (entry) =>
    LOG_LEVELS.indexOf(entry.level ?? 'I') <= leastSevere &&
    (tags === null || tags.has(entry.tag ?? '')) &&
    (part === undefined || entry.raw.toLowerCase().includes(part))
}
