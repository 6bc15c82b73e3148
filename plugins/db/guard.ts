import { ClassicLevel } from 'classic-level'
import { StoreFilesError } from '../../src/errors/store.ts'
import { probeDiskSpace } from './disk-space.ts'
import { SEQUENCE_KEY } from './migrations.ts'
import { moveIntoPlace, writeBeside, writeOver, type MemoryTables } from './rebuild.ts'
import { rawKeyOf } from './records.ts'
import { createStoreFiles, reasonFor, type FilesState } from './store-files.ts'
import type { Database } from './table.ts'

/** What was done about files that others have changed. */
export type RepairedFiles =
  | { what: 'log' }
  /** `incomplete`: tables on disk that could not be read to their end. */
  | { what: 'store'; state: FilesState; incomplete: string[] }

interface GuardParts {
  level: Database
  location: string
  tables: MemoryTables
  /** Reopens the sublevels of the database. */
  openParts(): Promise<unknown>
  onRepaired(repaired: RepairedFiles): void
}

const SEQUENCE = rawKeyOf({ table: 'meta', key: SEQUENCE_KEY })

/** Whoever deletes files may not have finished yet: nothing is written again before this time has passed. */
const SETTLE_MS = 1000

/** A range without records: compacting it writes out what is in memory, and nothing else. */
const NOTHING = ['~', '~~'] as const

/**
 * Guards an open database against changes to its files by others. Memory holds every record that was acknowledged, so what
 * others delete is written again, unless the place may belong to somebody else now.
 */
export function createGuard({ level, location, tables, openParts, onRepaired }: GuardParts) {
  const files = createStoreFiles(level, location)
  const checks: (() => Promise<void>)[] = []
  let mayDiffer = false
  let goneSince: number | undefined

  /** Returns what has happened to the files, and remembers since when they are not in place. */
  async function observe(thorough: boolean): Promise<FilesState> {
    const state = await files.state(thorough)
    if (state === 'intact') goneSince = undefined
    else goneSince ??= performance.now()
    return state
  }

  async function runChecks(): Promise<void> {
    for (const check of checks) await check()
  }

  /** LevelDB writes its newest records as a table, and begins a new log. */
  async function replaceLog(): Promise<void> {
    mayDiffer = true
    if (level instanceof ClassicLevel) await level.compactRange(...NOTHING)
    await files.rememberLog(true)
    mayDiffer = false
    onRepaired({ what: 'log' })
  }

  async function openAgain(): Promise<void> {
    await level.close()
    await level.open({ createIfMissing: false })
    await openParts()
    await files.remember()
    const stored = await level.get(SEQUENCE)
    const known = tables['meta']?.entries().find(([key]) => key === SEQUENCE_KEY)?.[1]
    if (mayDiffer || stored !== known) await writeOver(level, tables)
    mayDiffer = false
  }

  async function rebuild(state: FilesState): Promise<void> {
    const { beside, incomplete } = await writeBeside(level, location, tables)
    await runChecks()
    await level.close()
    await moveIntoPlace(beside, location, state === 'damaged')
    await openAgain()
    onRepaired({ what: 'store', state, incomplete })
  }

  return {
    start: files.remember,
    stop: files.close,
    /** To be called after each write. */
    afterWrite: () => files.rememberLog(false).catch(() => undefined),
    addCheck: (check: () => Promise<void>) => void checks.push(check),

    /**
     * Checks that a write would be kept. A log that was cut off is replaced.
     * @param thorough whether to look at every table file too
     * @throws {StoreFilesError}
     */
    async check(thorough: boolean): Promise<void> {
      const isLogIntact = await files.isLogIntact()
      const state = await observe(thorough)
      if (state !== 'intact') throw new StoreFilesError(reasonFor(state))
      await runChecks()
      if (!isLogIntact) await replaceLog()
    },

    /** Checks that `reopen` would succeed. @throws the reason why not */
    async probe(): Promise<void> {
      const state = await observe(true)
      const isSettled = goneSince === undefined || performance.now() - goneSince >= SETTLE_MS
      if (state === 'foreign' || !isSettled) throw new StoreFilesError(reasonFor(state))
      await probeDiskSpace(location)
    },

    /** Opens the database with a new log. If its files are gone, writes it again from memory first. */
    async reopen(): Promise<void> {
      const state = await files.state(true)
      if (state === 'foreign') throw new StoreFilesError(reasonFor(state))
      if (state === 'deleted' || (state === 'damaged' && level.status === 'open')) return rebuild(state)
      try {
        await openAgain()
      } catch (error) {
        if (state !== 'damaged') throw error
        await rebuild(state)
      }
    }
  }
}
