import { cp } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { StoreMissingError } from '../../src/errors/start.ts'
import { holdLock } from './lock.ts'
import { dataFilesOf, explainOpenFailure, locationOf, openDatabase } from './open.ts'
import { rangeOf, readRecords } from './records.ts'
import type { Database } from './table.ts'
import { isRecordOf, TABLE_NAMES } from './tables.ts'
import { removeWitness } from './witness.ts'

/** How much of one table is readable. */
export interface TableReport {
  table: string
  readable: number
  /** Records whose value is not valid for the table. */
  damaged: number
}

interface RepairReport {
  /** Directory of the copy of the store, made before the repair. */
  copy: string
  tables: TableReport[]
}

/**
 * Copies the store's files, then rebuilds the store from what is readable. LevelDB moves unreadable files to the
 * subdirectory `lost`. Recently deleted records may reappear.
 * @param report called after each step
 * @throws {StoreMissingError | StoreLockedError | StoreOpenError} the store is unchanged; a copy may exist
 */
export async function repairStore(dataDir: string, report: (step: string) => void): Promise<RepairReport> {
  const location = locationOf(dataDir)
  if ((await dataFilesOf(location)).length === 0) throw new StoreMissingError(resolve(dataDir))
  const copy = `${location}.damaged-${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}`
  try {
    const release = await holdLock(location)
    try {
      await cp(location, copy, { recursive: true, errorOnExist: true, force: false })
      report(`copied the store to ${copy}`)
      await ClassicLevel.repair(location)
      await removeWitness(dataDir)
      report(`rebuilt ${location} from its readable records`)
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
    const counts = reports.get(table)
    if (counts) counts[isRecordOf(table, key, value) ? 'readable' : 'damaged']++
  }
  const hours = await level.keys(rangeOf('history')).all()
  return [...reports.values(), { table: 'history', readable: hours.length, damaged: 0 }]
}
