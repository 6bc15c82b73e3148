import { cp } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { StoreMissingError } from '../../src/errors/start.ts'
import { holdLock } from './lock.ts'
import { dataFilesOf, explainOpenFailure, locationOf, openDatabase } from './open.ts'
import { rangeOf, readRecords } from './records.ts'
import type { Database } from './table.ts'
import { isRecordOf, TABLE_NAMES } from './tables.ts'

/** What can be read of one table. */
export interface TableReport {
  table: string
  readable: number
  /** Records that are there, and make no sense. */
  damaged: number
}

export interface RepairReport {
  /** The directory that holds the store as it was before. */
  copy: string
  tables: TableReport[]
}

/**
 * Makes a store of what can be read of its files, after a copy of all of them was made. What cannot be read is moved to the
 * directory `lost` in it. Records that were deleted shortly before may be back.
 * @param told of each step that is done
 * @throws {StoreMissingError | StoreLockedError | StoreOpenError} nothing was touched, but for the copy
 */
export async function repairStore(dataDir: string, told: (step: string) => void): Promise<RepairReport> {
  const location = locationOf(dataDir)
  if ((await dataFilesOf(location)).length === 0) throw new StoreMissingError(resolve(dataDir))
  const copy = `${location}.damaged-${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}`
  try {
    const release = await holdLock(location)
    try {
      await cp(location, copy, { recursive: true, errorOnExist: true, force: false })
      told(`a copy is in ${copy}`)
      await ClassicLevel.repair(location)
      told(`${location} is made of what could be read`)
    } finally {
      await release()
    }
  } catch (error) {
    throw explainOpenFailure(error, dataDir)
  }
  const level = await openDatabase(dataDir, false)
  try {
    return { copy, tables: await countRecords(level) }
  } finally {
    await level.close()
  }
}

async function countRecords(level: Database): Promise<TableReport[]> {
  const reports = new Map(TABLE_NAMES.map((table) => [table, { table, readable: 0, damaged: 0 }]))
  for await (const { table, key, value } of readRecords(level)) {
    const report = reports.get(table)
    if (report) report[isRecordOf(table, key, value) ? 'readable' : 'damaged']++
  }
  const hours = await level.keys(rangeOf('history')).all()
  return [...reports.values(), { table: 'history', readable: hours.length, damaged: 0 }]
}
