import { createHash } from 'node:crypto'
import { BackupInvalidError } from '../errors/store.ts'
import { JsonDepthError, parseSafeJson } from '../safe-json.ts'
import {
  FORMAT_VERSION,
  isFooter,
  isHeader,
  isRecord,
  MAX_BYTES,
  MAX_DEPTH,
  type BackupFooter,
  type BackupHeader,
  type StoredRecord
} from './format.ts'
import { splitLines } from './lines.ts'

/**
 * Receives the parts of a backup while it is read, before it is known to be complete. An error that a handler throws ends the
 * reading.
 */
interface BackupHandlers {
  onHeader?(header: BackupHeader): void
  onRecord?(record: StoredRecord, line: number): void
}

/** The header of a complete backup and its number of records. */
export interface BackupSummary {
  header: BackupHeader
  records: number
}

/**
 * Reads a backup to its end, line by line, and verifies that it is complete and unaltered.
 * @throws {BackupInvalidError} it is cut off, altered, or not a backup; the message says where
 * @throws {BackupTooLargeError}
 */
export async function readBackup(
  chunks: AsyncIterable<Uint8Array>,
  handlers: BackupHandlers,
  maxBytes = MAX_BYTES
): Promise<BackupSummary> {
  const hash = createHash('sha256')
  let header: BackupHeader | null = null
  let line = 0
  let records = 0
  let isComplete = false

  function readHeader(value: unknown): BackupHeader {
    if (!isHeader(value)) throw new BackupInvalidError('its first line is not that of a backup of this program')
    if (value.formatVersion !== FORMAT_VERSION)
      throw new BackupInvalidError(`it has the format ${value.formatVersion}, and this program knows ${FORMAT_VERSION}`)
    handlers.onHeader?.(value)
    return value
  }

  function verifyFooter(footer: BackupFooter): void {
    if (footer.records !== records)
      throw new BackupInvalidError(`its last line tells of ${footer.records} records, and there are ${records}`)
    if (footer.sha256 !== hash.digest('hex'))
      throw new BackupInvalidError('its checksum is wrong, so it was altered or is damaged')
    isComplete = true
  }

  function readRecord(value: unknown): void {
    if (!isRecord(value)) throw new BackupInvalidError(`line ${line} is not a record`)
    records++
    handlers.onRecord?.(value, line)
  }

  for await (const bytes of splitLines(chunks, maxBytes)) {
    line++
    if (isComplete) throw new BackupInvalidError('something follows its last line')
    const value = parseLine(bytes, line)
    if (header && isFooter(value)) {
      verifyFooter(value)
      continue
    }
    hash.update(bytes).update('\n')
    if (header) readRecord(value)
    else header = readHeader(value)
  }
  if (!header) throw new BackupInvalidError('it is empty')
  if (!isComplete) throw new BackupInvalidError(`it is cut off after ${records} records, its last line is missing`)
  return { header, records }
}

function parseLine(bytes: Buffer, line: number): unknown {
  try {
    return parseSafeJson(bytes.toString('utf8'), MAX_DEPTH)
  } catch (error) {
    if (line === 1) throw new BackupInvalidError('its first line is not that of a backup of this program')
    if (error instanceof JsonDepthError) throw new BackupInvalidError(`line ${line}: ${error.message}`)
    throw new BackupInvalidError(`line ${line} is not JSON`)
  }
}
