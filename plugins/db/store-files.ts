import { open, readdir, readFile, stat, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { hasCode } from '../../src/errors/code-of.ts'
import { StoreFilesError } from '../../src/errors/store.ts'
import { reasonOf } from './disk-space.ts'
import { latestLogOf } from './latest-log.ts'
import type { Database } from './table.ts'

/**
 * - `intact`: the database's files are where they were
 * - `unlocked`: only its LOCK file is missing
 * - `damaged`: the directory is still this process's, but files in it are missing, replaced or cut off
 * - `deleted`: nothing is left of it, and its place is free
 * - `foreign`: it was moved, or its path leads to other files or to none
 */
export type FilesState = 'intact' | 'unlocked' | 'damaged' | 'deleted' | 'foreign'

export const GONE = 'DATA_DIR/store was deleted, moved or replaced while the service runs'
const DAMAGED = 'files in DATA_DIR/store were deleted or cut off while the service runs'

const NO_LOG = { name: '', id: '', size: 0, tail: '' }
const TAIL_BYTES = 64

interface FileMark {
  id: string
  size: number
}

/** Tracks whether the files of an open database are still at their path, by device and inode. */
export function createStoreFiles(level: Database, location: string) {
  let lock = ''
  let current = ''
  let manifest = { name: '', id: '', size: 0 }
  let log = NO_LOG
  // Its link count shows whether the file was deleted or moved. An open LOCK file would release LevelDB's lock when closed.
  let handle: FileHandle | undefined

  const markOf = (name: string) => markAt(join(location, name))

  async function remember(): Promise<void> {
    await handle?.close()
    handle = await open(join(location, 'CURRENT'), 'r')
    const name = (await readFile(join(location, 'CURRENT'), 'utf8')).trim()
    const marks = await Promise.all([markOf('LOCK'), markOf('CURRENT'), markOf(name)])
    const [lockMark, currentMark, manifestMark] = marks
    if (!lockMark || !currentMark || !manifestMark) throw new StoreFilesError(GONE)
    lock = lockMark.id
    current = currentMark.id
    manifest = { name, ...manifestMark }
    await rememberLog(true)
  }

  /**
   * Remembers the newest log after a write. Nothing but a write changes it, so one that has become smaller is not
   * remembered unless it is accepted.
   */
  async function rememberLog(isAccepted: boolean): Promise<void> {
    const latest = (await latestLogOf(location)) ?? NO_LOG
    const isBehind = Number.parseInt(latest.name, 10) < Number.parseInt(log.name, 10)
    const isCut = latest.name === log.name && !(await isLogIntact())
    if (isAccepted || !(latest.name === '' || isBehind || isCut))
      log = { ...latest, tail: await readTail(join(location, latest.name), latest.size) }
  }

  /** LevelDB writes on where it was, so a log that was cut off may have its old size again, with zeros in the middle. */
  async function isLogIntact(): Promise<boolean> {
    if (log.name === '') return true
    const mark = await markOf(log.name)
    if (mark?.id !== log.id || mark.size < log.size) return false
    return (await readTail(join(location, log.name), log.size)) === log.tail
  }

  async function isManifestIntact(): Promise<boolean> {
    const mark = await markOf(manifest.name)
    if (mark?.id !== manifest.id || mark.size < manifest.size) return false
    manifest.size = mark.size
    return true
  }

  /** A compaction may delete a table between the two steps, so one that is missing counts only if it is still listed. */
  async function areTablesIntact(): Promise<boolean> {
    if (level.status !== 'open') return true
    for (const [number, size] of liveTables(level)) {
      const name = String(number).padStart(6, '0')
      const mark = (await markOf(`${name}.ldb`)) ?? (await markOf(`${name}.sst`))
      if (mark?.size !== size && liveTables(level).has(number)) return false
    }
    return true
  }

  async function stateOf(thorough: boolean): Promise<FilesState> {
    const [lockMark, currentMark] = await Promise.all([markOf('LOCK'), markOf('CURRENT')])
    const isLocked = lockMark?.id === lock
    if (currentMark?.id === current) {
      if (!isLocked) return lockMark ? 'foreign' : 'unlocked'
      return (await isManifestIntact()) && (!thorough || (await areTablesIntact())) ? 'intact' : 'damaged'
    }
    if (isLocked) return 'damaged'
    if (lockMark || currentMark || !handle || (await handle.stat()).nlink > 0) return 'foreign'
    if ((await markOf(manifest.name))?.id === manifest.id) return 'damaged'
    return (await isFree(location)) ? 'deleted' : 'foreign'
  }

  return {
    remember,
    rememberLog,

    /**
     * Whether the newest log holds at least what it held after the last write.
     * @throws {StoreFilesError} it cannot be read
     */
    isLogIntact: () => isLogIntact().catch(explain),

    /**
     * Returns what has happened to the files.
     * @param thorough whether to look at every table too
     */
    async state(thorough: boolean): Promise<FilesState> {
      const state = await stateOf(thorough).catch(explain)
      // The directory may have been moved or deleted between two steps.
      return state === 'damaged' ? stateOf(thorough).catch(explain) : state
    },

    async close(): Promise<void> {
      await handle?.close()
      handle = undefined
    }
  }
}

/** The reason why nothing can be written in a state. */
export const reasonFor = (state: FilesState): string => (state === 'damaged' ? DAMAGED : GONE)

function explain(error: unknown): never {
  if (error instanceof StoreFilesError) throw error
  throw new StoreFilesError(`DATA_DIR/store cannot be reached (${reasonOf(error)})`)
}

/** Reads the last bytes before an offset; empty when there is no such file. */
async function readTail(path: string, end: number): Promise<string> {
  const handle = await open(path, 'r').catch(() => undefined)
  if (!handle) return ''
  try {
    const start = Math.max(0, end - TAIL_BYTES)
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - start), 0, end - start, start)
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await handle.close()
  }
}

/** @returns undefined when there is no such file */
async function markAt(path: string): Promise<FileMark | undefined> {
  try {
    const { dev, ino, size } = await stat(path)
    return { id: `${dev}:${ino}`, size }
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

async function isFree(location: string): Promise<boolean> {
  const parent = await stat(dirname(location)).catch(() => undefined)
  if (!parent?.isDirectory()) return false
  try {
    return (await readdir(location)).length === 0
  } catch (error) {
    return hasCode(error, 'ENOENT')
  }
}

/** The tables that the database consists of: their number and size in bytes. */
function liveTables(level: Database): Map<number, number> {
  const text = level instanceof ClassicLevel ? level.getProperty('leveldb.sstables') : ''
  const lines = text.matchAll(/^ (\d+):(\d+)\[/gm)
  return new Map([...lines].map(([, number, size]) => [Number(number), Number(size)]))
}
