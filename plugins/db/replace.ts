import type { StoredRecord } from '../../src/stored-record.ts'
import { VERSION_KEY } from './migrations.ts'
import { rawKeyOf, readRecords } from './records.ts'
import type { Database } from './table.ts'
import { isRecordOf } from './tables.ts'

/** What a store knows of itself, and no other store can tell it. */
const OWN_KEYS = new Set([VERSION_KEY, 'keyId'])

/** What was done to a service stays known, also when it takes over what another one has saved. */
const isOwn = ({ table, key }: StoredRecord) => table === 'audit' || (table === 'meta' && OWN_KEYS.has(key))

/** Reads every whole record as it is now, whatever is written meanwhile. */
export function takeSnapshot(level: Database): AsyncGenerator<StoredRecord> {
  const snapshot = level.snapshot()
  async function* read() {
    try {
      for await (const { rawKey: _raw, ...record } of readRecords(level, snapshot)) {
        if (!isOwn(record) && isRecordOf(record.table, record.key, record.value)) yield record
      }
    } finally {
      await snapshot.close()
    }
  }
  return read()
}

/** Works out the batch that makes these the only records, and which there are then, less what is the store's own. */
export async function planReplacement(level: Database, records: StoredRecord[]) {
  const kept = records.filter((record) => !isOwn(record))
  const wanted = new Set(kept.map(rawKeyOf))
  const removed: { type: 'del'; key: string }[] = []
  for await (const { rawKey, ...record } of readRecords(level)) {
    if (isOwn(record)) kept.push(record)
    else if (!wanted.has(rawKey)) removed.push({ type: 'del', key: rawKey })
  }
  const put = kept.map((record) => ({ type: 'put' as const, key: rawKeyOf(record), value: record.value }))
  return { batch: [...removed, ...put], kept }
}
