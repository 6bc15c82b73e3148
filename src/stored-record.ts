/** One JSON record of the store, under its key in its table. */
export interface StoredRecord {
  table: string
  key: string
  value: unknown
}
