import type { StoredRecord } from '../../src/backup-file/format.ts'
import { SEQUENCE_KEY, VERSION_KEY } from './migrations.ts'
import { rawKeyOf, readRecords } from './records.ts'
import type { Database } from './table.ts'
import { isRecordOf } from './tables.ts'

/** Keys of `meta` that describe this store and are not part of a backup. */
const OWN_KEYS = new Set([VERSION_KEY, SEQUENCE_KEY, 'keyId'])

/** The audit trail stays too: a restore must not erase the record of what was done to this service. */
export const isOwnRecord = ({ table, key }: StoredRecord) =>
  table === 'audit' || (table === 'meta' && OWN_KEYS.has(key))

/** Reads every valid record as of now. Later writes do not show. */
export function takeSnapshot(level: Database): AsyncGenerator<StoredRecord> {
  const snapshot = level.snapshot()
  async function* read() {
    try {
      for await (const { rawKey: _raw, ...record } of readRecords(level, snapshot)) {
        if (!isOwnRecord(record) && isRecordOf(record.table, record.key, record.value)) yield record
      }
    } finally {
      await snapshot.close()
    }
  }
  return read()
}

/**
 * Plans the batch that replaces every record with these, except those that belong to this store.
 * @returns the batch, and the records that the store holds after it
 */
export async function planReplacement(level: Database, records: StoredRecord[]) {
  const kept = records.filter((record) => !isOwnRecord(record))
  const keptKeys = new Set(kept.map(rawKeyOf))
  const removed: { type: 'del'; key: string }[] = []
  for await (const { rawKey, ...record } of readRecords(level)) {
    if (isOwnRecord(record)) kept.push(record)
    else if (!keptKeys.has(rawKey)) removed.push({ type: 'del', key: rawKey })
  }
  const put = kept.map((record) => ({ type: 'put' as const, key: rawKeyOf(record), value: record.value }))
  return { batch: [...removed, ...put], kept }
}
