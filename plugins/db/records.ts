import type { StoredRecord } from '../../src/backup-file/format.ts'
import { parseJson, type Database } from './table.ts'
import { TABLE_NAMES } from './tables.ts'

/** A record as it is on disk; `value` is undefined if its text is not JSON. */
interface RawRecord extends StoredRecord {
  /** Its key in the database, including the prefix of its table. */
  rawKey: string
}

const prefixOf = (table: string) => `!${table}!`

/** Returns the key of a record in the database, in the form that `sublevel` uses. */
export const rawKeyOf = ({ table, key }: Pick<StoredRecord, 'table' | 'key'>): string => prefixOf(table) + key

/** Returns the key range of a table: `"` directly follows `!` in ASCII. */
export const rangeOf = (table: string) => ({ gt: prefixOf(table), lt: `!${table}"` })

/** Reads every record of every JSON table, ordered by table and key. */
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
