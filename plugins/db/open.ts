import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Level } from 'level'
import { StoreLockedError, StoreOpenError } from '../../src/errors.ts'
import type { Database } from './table.ts'

/**
 * Opens the database explicitly, so that each way in which it can fail says what to do.
 * @throws {StoreLockedError} another process has it open
 * @throws {StoreOpenError} the directory cannot be made, written or read
 */
export async function openDatabase(dataDir: string): Promise<Database> {
  const directory = resolve(dataDir)
  try {
    await mkdir(directory, { recursive: true })
    const level: Database = new Level(join(directory, 'store'), { valueEncoding: 'json' })
    await level.open()
    return level
  } catch (error) {
    const reason = rootCause(error)
    if (reason.code === 'LEVEL_LOCKED') throw new StoreLockedError(directory)
    throw new StoreOpenError(directory, reason.message, { cause: error })
  }
}

function rootCause(error: unknown): { code?: unknown; message: string } {
  const { cause } = error as { cause?: unknown }
  return cause instanceof Error ? rootCause(cause) : (error as Error)
}
