import { rename, rm } from 'node:fs/promises'
import { Level } from 'level'
import { syncDirectoryOf } from '../../src/durable-file.ts'
import { hasCode } from '../../src/errors/code-of.ts'
import { StoreFilesError } from '../../src/errors/store.ts'
import { rawKeyOf, rangeOf, readRecords } from './records.ts'
import { GONE } from './store-files.ts'
import type { Database, Table } from './table.ts'
import { isRecordOf } from './tables.ts'

/** The tables that are held in memory. */
export type MemoryTables = Readonly<Record<string, Pick<Table<unknown>, 'entries' | 'has'>>>

/** Tables that are only on disk: as much of them is copied as can still be read. */
const DISK_TABLES = ['operation-rows', 'telemetry', 'history']
const COPY_BATCH = 500

/**
 * Writes a new database beside the old one: the tables in memory in one synced batch, and what is still readable of the others.
 * @returns where it is, and the tables that could not be read to their end
 */
export async function writeBeside(old: Database, location: string, tables: MemoryTables) {
  const beside = `${location}.new`
  await rm(beside, { recursive: true, force: true })
  const level: Database = new Level(beside, { valueEncoding: 'json' })
  await level.open()
  try {
    const incomplete: string[] = []
    for (const name of DISK_TABLES) if (!(await copyTable(old, level, name))) incomplete.push(name)
    const puts = putsOf(tables)
    await level.batch(puts, { sync: true })
    const stored = await level.getMany(puts.map(({ key }) => key))
    if (stored.includes(undefined)) throw new StoreFilesError('the store could not be written again from memory')
    return { beside, incomplete }
  } finally {
    await level.close()
  }
}

/**
 * Puts a database in the place of another that is closed. Files that are still there are kept.
 * @throws {StoreFilesError} the place has been taken
 */
export async function moveIntoPlace(beside: string, location: string, keepOld: boolean): Promise<void> {
  const aside = `${location}.damaged-${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}`
  if (keepOld) await rename(location, aside)
  await rename(beside, location).catch((error: Error) => {
    throw hasCode(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR') ? new StoreFilesError(GONE) : error
  })
  await syncDirectoryOf(location)
}

/** Makes the records on disk those in memory. Damaged records stay. */
export async function writeOver(level: Database, tables: MemoryTables): Promise<void> {
  const removed: { type: 'del'; key: string }[] = []
  for await (const { rawKey, table, key, value } of readRecords(level)) {
    if (tables[table] && !tables[table].has(key) && isRecordOf(table, key, value))
      removed.push({ type: 'del', key: rawKey })
  }
  await level.batch([...removed, ...putsOf(tables)], { sync: true })
}

function putsOf(tables: MemoryTables) {
  return Object.entries(tables).flatMap(([table, { entries }]) =>
    entries().map(([key, value]) => ({ type: 'put' as const, key: rawKeyOf({ table, key }), value }))
  )
}

/** @returns whether the whole table was read */
async function copyTable(from: Database, to: Database, table: string): Promise<boolean> {
  let batch: { type: 'put'; key: string; value: Uint8Array }[] = []
  const write = async () => {
    const full = batch
    batch = []
    await to.batch<string, Uint8Array>(full, { valueEncoding: 'view' })
  }
  let isWhole = false
  try {
    for await (const [key, value] of from.iterator<string, Uint8Array>({ ...rangeOf(table), valueEncoding: 'view' })) {
      batch.push({ type: 'put', key, value })
      if (batch.length >= COPY_BATCH) await write()
    }
    isWhole = true
  } catch (error) {
    if (!String(Object(error).code).startsWith('LEVEL_')) throw error
  }
  if (batch.length > 0) await write()
  return isWhole
}
