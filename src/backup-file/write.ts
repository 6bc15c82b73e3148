import { createHash } from 'node:crypto'
import type { BackupFooter, BackupHeader, StoredRecord } from './format.ts'

/** Lines are buffered up to this length, because small writes are slow. */
const CHUNK_CHARACTERS = 64 * 1024

/** Writes a backup: its header, one line per record, and a footer that proves that the backup is complete. */
export async function* writeBackup(header: BackupHeader, records: AsyncIterable<StoredRecord>): AsyncGenerator<string> {
  const hash = createHash('sha256')
  let count = 0
  let text = `${JSON.stringify(header)}\n`
  for await (const { table, key, value } of records) {
    count++
    text += `${JSON.stringify({ table, key, value })}\n`
    if (text.length < CHUNK_CHARACTERS) continue
    hash.update(text)
    yield text
    text = ''
  }
  hash.update(text)
  const footer: BackupFooter = { end: true, records: count, sha256: hash.digest('hex') }
  yield `${text}${JSON.stringify(footer)}\n`
}
