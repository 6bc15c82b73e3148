import type { StoredRecord } from '../../src/stored-record.ts'
import { parseJson, type Database } from './table.ts'
import { TABLE_NAMES } from './tables.ts'

/** A record as it is on disk; `value` is undefined where its text is not JSON. */
export interface RawRecord extends StoredRecord {
  /** Its key in the database, with the prefix that makes the table. */
  rawKey: string
}

const prefixOf = (table: string) => `!${table}!`

/** The key of a record in the database, as `sublevel` makes it. */
export const rawKeyOf = ({ table, key }: Pick<StoredRecord, 'table' | 'key'>): string => prefixOf(table) + key

/** Everything in a table lies between these keys: `"` comes right behind `!`. */
export const rangeOf = (table: string) => ({ gt: prefixOf(table), lt: `!${table}"` })

/** Reads every record of every table of JSON records, in the order of the tables and keys. */
export async function* readRecords(
  level: Database,
  snapshot?: ReturnType<Database['snapshot']>
): AsyncGenerator<RawRecord> {
  for (const table of TABLE_NAMES) {
    const options = { ...rangeOf(table), valueEncoding: 'utf8', ...(snapshot && { snapshot }) }
    for await (const [rawKey, text] of level.iterator<string, string>(options)) {
      yield { table, key: rawKey.slice(prefixOf(table).length), value: parseJson(text), rawKey }
    }
  }
}
