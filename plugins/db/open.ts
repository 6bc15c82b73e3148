import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Level } from 'level'
import { codeOf, hasCode } from '../../src/errors/code-of.ts'
import { StoreDamagedError, StoreLockedError, StoreMissingError, StoreOpenError } from '../../src/errors/start.ts'
import { createDirectory } from '../../src/durable-file.ts'
import type { Database } from './table.ts'

/** Names of files that hold records or list the files that do. */
const DATA_FILE = /^(MANIFEST-\d+|\d+\.(ldb|sst|log))$/
/** LevelDB's messages about a file that is missing or unreadable. */
const DAMAGE = /No such file or directory|Invalid argument|not an sstable|too short/

/** Returns the database's directory. */
export const locationOf = (dataDir: string): string => join(resolve(dataDir), 'store')

/** Lists the files that hold the database's records; empty when there is no database. */
export async function dataFilesOf(location: string): Promise<string[]> {
  const names = await readdir(location).catch(() => [])
  return names.filter((name) => DATA_FILE.test(name))
}

/**
 * Opens the database explicitly, so that every way it can fail gets a message that says what to do.
 * @param mayCreate create a database if none exists
 * @throws {StoreLockedError} another process has it open
 * @throws {StoreDamagedError} its files are missing or inconsistent
 * @throws {StoreMissingError} none exists, and `mayCreate` is false
 * @throws {StoreOpenError} the directory cannot be created, written or read
 */
export async function openDatabase(dataDir: string, mayCreate = true): Promise<Database> {
  const directory = resolve(dataDir)
  const location = locationOf(dataDir)
  const files = await dataFilesOf(location)
  if (files.length === 0 && !mayCreate) throw new StoreMissingError(directory)
  // Without CURRENT, LevelDB would create a new database and delete the files of the old one.
  if (files.length > 0 && !existsSync(join(location, 'CURRENT')))
    throw new StoreDamagedError(location, 'its file CURRENT is missing')
  try {
    await createDirectory(directory)
    await createDirectory(location)
    const level: Database = new Level(location, { valueEncoding: 'json' })
    await level.open()
    return level
  } catch (error) {
    throw explainOpenFailure(error, dataDir)
  }
}

/** Turns an error of LevelDB into a named one. An error of this program passes through unchanged. */
export function explainOpenFailure(error: unknown, dataDir: string): Error {
  const reason = rootCause(error)
  if (isOwn(reason)) return reason
  if (hasCode(reason, 'LEVEL_LOCKED')) return new StoreLockedError(resolve(dataDir))
  if (hasCode(reason, 'LEVEL_CORRUPTION') || (hasCode(reason, 'LEVEL_IO_ERROR') && DAMAGE.test(reason.message)))
    return new StoreDamagedError(locationOf(dataDir), reason.message, { cause: error })
  return new StoreOpenError(resolve(dataDir), reason.message, { cause: error })
}

/** Follows `cause` to the original error. It stops at an error of this program, which already explains its cause. */
export function rootCause(error: unknown): Error {
  const { cause } = error as Error
  return cause instanceof Error && !isOwn(error) ? rootCause(cause) : (error as Error)
}

const isOwn = (error: unknown) => codeOf(error)?.startsWith('PLUTO_') === true

/** Lists what LevelDB could not read when it opened. LevelDB drops such data and reports it only in its own log. */
export async function findDropped(dataDir: string): Promise<string[]> {
  const log = await readFile(join(locationOf(dataDir), 'LOG'), 'utf8').catch(() => '')
  return [...log.matchAll(/([^/\s]+): (dropping \d+ bytes; .*)/g)].map(([, file, what]) => `${file}: ${what}`)
}
