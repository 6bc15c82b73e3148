import type { StoredRecord } from '../../src/stored-record.ts'

/** What a miner was given since the backup is not known, so nothing tells that it has the passwords of its preset. */
export function forgetApplied(record: StoredRecord): StoredRecord {
  return record.table === 'imprinted' ? without(record, 'presetApplied') : record
}

/** Leaves the passwords of a preset out. */
export function forgetPasswords(record: StoredRecord): StoredRecord {
  return record.table === 'presets' ? { ...record, value: { ...(record.value as object), secrets: {} } } : record
}

function without(record: StoredRecord, field: string): StoredRecord {
  const { [field]: _left, ...value } = record.value as Record<string, unknown>
  return { ...record, value }
}
