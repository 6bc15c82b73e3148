import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Level } from 'level'
import { StoreDamagedError, StoreLockedError, StoreMissingError, StoreOpenError } from '../../src/errors/start.ts'
import type { Database } from './table.ts'

/** Files that hold records, or say which files do. */
const DATA_FILE = /^(MANIFEST-\d+|\d+\.(ldb|sst|log))$/
/** What LevelDB says of a file that it needs and cannot find or make sense of. */
const SPOILED = /No such file or directory|Invalid argument|not an sstable|too short/

/** Where the database is. */
export const locationOf = (dataDir: string): string => join(resolve(dataDir), 'store')

/** Names of the files of the database that hold its records; empty where there is none. */
export async function dataFilesOf(location: string): Promise<string[]> {
  const names = await readdir(location).catch(() => [])
  return names.filter((name) => DATA_FILE.test(name))
}

/**
 * Opens the database explicitly, so that each way in which it can fail says what to do.
 * @param mayCreate make one where there is none
 * @throws {StoreLockedError} another process has it open
 * @throws {StoreDamagedError} its files do not fit together
 * @throws {StoreMissingError} there is none, and none is to be made
 * @throws {StoreOpenError} the directory cannot be made, written or read
 */
export async function openDatabase(dataDir: string, mayCreate = true): Promise<Database> {
  const directory = resolve(dataDir)
  const location = locationOf(dataDir)
  const files = await dataFilesOf(location)
  if (files.length === 0 && !mayCreate) throw new StoreMissingError(directory)
  // Without CURRENT, LevelDB would begin a new database, and delete the files of the old one.
  if (files.length > 0 && !existsSync(join(location, 'CURRENT')))
    throw new StoreDamagedError(location, 'its file CURRENT is missing')
  try {
    await mkdir(directory, { recursive: true })
    const level: Database = new Level(location, { valueEncoding: 'json' })
    await level.open()
    return level
  } catch (error) {
    throw explainOpenFailure(error, dataDir)
  }
}

/** Turns what LevelDB rejects with into a named error; one that has a name already stays as it is. */
export function explainOpenFailure(error: unknown, dataDir: string): Error {
  const reason = rootCause(error)
  const code = String(reason.code)
  if (code.startsWith('PLUTO_')) return reason
  if (code === 'LEVEL_LOCKED') return new StoreLockedError(resolve(dataDir))
  if (code === 'LEVEL_CORRUPTION' || (code === 'LEVEL_IO_ERROR' && SPOILED.test(reason.message)))
    return new StoreDamagedError(locationOf(dataDir), reason.message, { cause: error })
  return new StoreOpenError(resolve(dataDir), reason.message, { cause: error })
}

/** The first error of a chain of causes; an error with a name of this program hides what is behind it. */
export function rootCause(error: unknown): Error & { code?: unknown } {
  const { cause, code } = error as { cause?: unknown; code?: unknown }
  return cause instanceof Error && !String(code).startsWith('PLUTO_') ? rootCause(cause) : (error as Error)
}

/** What LevelDB could not read when it opened, and left out without a word but in its log. */
export async function findDropped(dataDir: string): Promise<string[]> {
  const log = await readFile(join(locationOf(dataDir), 'LOG'), 'utf8').catch(() => '')
  return [...log.matchAll(/([^/\s]+): (dropping \d+ bytes; .*)/g)].map(([, file, what]) => `${file}: ${what}`)
}
