import { createHash } from 'node:crypto'
import type { StoredRecord } from '../stored-record.ts'
import type { BackupFooter, BackupHeader } from './format.ts'

/** Lines are gathered until they are worth a write. */
const CHUNK_CHARACTERS = 64 * 1024

/** Writes a backup: its header, a line for each record, and a last line by which it is known to be whole. */
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
