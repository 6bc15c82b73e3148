import { createHash } from 'node:crypto'
import { BackupInvalidError } from '../errors/store.ts'
import type { StoredRecord } from '../stored-record.ts'
import { FORMAT_VERSION, isFooter, isHeader, isRecord, MAX_BYTES, type BackupHeader } from './format.ts'
import { toLines } from './lines.ts'

/** Told of the parts of a backup as they come, before it is known whether it is whole. What they throw ends the reading. */
export interface BackupParts {
  header?(header: BackupHeader): void
  record?(record: StoredRecord, line: number): void
}

/** What a whole backup holds. */
export interface BackupSummary {
  header: BackupHeader
  records: number
}

/**
 * Reads a backup to its end, line by line, and makes sure that it is whole.
 * @throws {BackupInvalidError} it is cut off, altered, or none at all; the message says where
 * @throws {BackupTooLargeError}
 */
export async function readBackup(
  chunks: AsyncIterable<Uint8Array>,
  parts: BackupParts,
  maxBytes = MAX_BYTES
): Promise<BackupSummary> {
  const hash = createHash('sha256')
  let header: BackupHeader | null = null
  let line = 0
  let records = 0
  let isOver = false

  function readFirst(value: unknown): BackupHeader {
    if (!isHeader(value)) throw new BackupInvalidError('its first line is not that of a backup of this program')
    if (value.formatVersion !== FORMAT_VERSION)
      throw new BackupInvalidError(`it has the format ${value.formatVersion}, and this program knows ${FORMAT_VERSION}`)
    parts.header?.(value)
    return value
  }

  function readLast(value: { records: number; sha256: string }): void {
    if (value.records !== records)
      throw new BackupInvalidError(`its last line tells of ${value.records} records, and there are ${records}`)
    if (value.sha256 !== hash.digest('hex'))
      throw new BackupInvalidError('its checksum is wrong, so it was altered or is damaged')
    isOver = true
  }

  function readRecord(value: unknown): void {
    if (!isRecord(value)) throw new BackupInvalidError(`line ${line} is not a record`)
    records++
    parts.record?.(value, line)
  }

  for await (const bytes of toLines(chunks, maxBytes)) {
    line++
    if (isOver) throw new BackupInvalidError('something follows its last line')
    const value = parse(bytes, line)
    if (header && isFooter(value)) {
      readLast(value)
      continue
    }
    hash.update(bytes).update('\n')
    if (header) readRecord(value)
    else header = readFirst(value)
  }
  if (!header) throw new BackupInvalidError('it is empty')
  if (!isOver) throw new BackupInvalidError(`it is cut off after ${records} records, its last line is missing`)
  return { header, records }
}

function parse(bytes: Buffer, line: number): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    if (line === 1) throw new BackupInvalidError('its first line is not that of a backup of this program')
    throw new BackupInvalidError(`line ${line} is not JSON`)
  }
}
