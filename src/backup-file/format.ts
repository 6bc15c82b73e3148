export const FORMAT = 'pluto-backup'
export const FORMAT_VERSION = 1
export const CONTENT_TYPE = 'application/x-ndjson'

/** Largest backup that is read. A thousand miners with a hundred operations on all of them take 35 MB. */
export const MAX_BYTES = 512 * 1024 * 1024
/** Longest line. A miner's answer has at most 256 KiB, and a record may hold two. */
export const MAX_LINE_BYTES = 4 * 1024 * 1024
/** Deepest nesting of a line. A miner's answer nests at most 16 levels, so no valid record comes close. */
export const MAX_DEPTH = 50

/** One JSON record of the store, under its key in its table. */
export interface StoredRecord {
  table: string
  key: string
  value: unknown
}

/** The first line of a backup. */
export interface BackupHeader {
  format: string
  formatVersion: number
  /** The version of the store's records. */
  schemaVersion: number
  /** The id of the key that the passwords are sealed with. */
  keyId: string
  createdAt: string
  /** The version of the program that wrote the backup. */
  program: string
}

/** The last line: the number of records, and the SHA-256 of all bytes before this line, in hexadecimal. */
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
