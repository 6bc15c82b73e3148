import type { StoredRecord } from '../stored-record.ts'

export const FORMAT = 'pluto-backup'
export const FORMAT_VERSION = 1
export const CONTENT_TYPE = 'application/x-ndjson'

/** Largest backup that is taken in. A thousand miners with a hundred operations on all of them have 35 MB. */
export const MAX_BYTES = 512 * 1024 * 1024
/** Longest line: a miner's answer has 256 KiB at most, and there may be two of them in a record. */
export const MAX_LINE_BYTES = 4 * 1024 * 1024

/** The first line of a backup. */
export interface BackupHeader {
  format: string
  formatVersion: number
  /** The version of the records. */
  schemaVersion: number
  /** The id of the key that passwords are sealed with. */
  keyId: string
  createdAt: string
  /** The version of the program that made it. */
  program: string
}

/** The last line: how many records there are before it, and the SHA-256 of all bytes before it, in hexadecimal. */
export interface BackupFooter {
  end: true
  records: number
  sha256: string
}

export function isHeader(value: unknown): value is BackupHeader {
  if (typeof value !== 'object' || value === null) return false
  const { format, formatVersion, schemaVersion, keyId, createdAt } = value as Record<string, unknown>
  return (
    format === FORMAT &&
    Number.isInteger(formatVersion) &&
    Number.isInteger(schemaVersion) &&
    typeof keyId === 'string' &&
    typeof createdAt === 'string'
  )
}

export function isFooter(value: unknown): value is BackupFooter {
  if (typeof value !== 'object' || value === null) return false
  const { end, records, sha256 } = value as Record<string, unknown>
  return end === true && Number.isInteger(records) && typeof sha256 === 'string'
}

export function isRecord(value: unknown): value is StoredRecord {
  if (typeof value !== 'object' || value === null) return false
  const { table, key } = value as Record<string, unknown>
  return typeof table === 'string' && typeof key === 'string' && 'value' in value
}
