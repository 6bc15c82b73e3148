import PQueue from 'p-queue'
import { StoreReadError, StoreWriteError } from '../../src/errors/store.ts'
import { reasonOf } from './disk-space.ts'

/** Runs a write after those that were asked for before. @throws {StoreWriteError} */
export type Write = <T>(task: () => Promise<T>) => Promise<T>
/** Runs a read, after the database has been opened anew where that is under way. @throws {StoreReadError} */
export type Read = <T>(task: () => Promise<T>) => Promise<T>

const TEARS = new Set(['LEVEL_IO_ERROR', 'LEVEL_CORRUPTION'])
const CLOSED = new Set(['LEVEL_DATABASE_NOT_OPEN', 'LEVEL_ITERATOR_NOT_OPEN'])

export interface WriterParts {
  /** Rejects while there is no use in trying. */
  probe(): Promise<void>
  /** Closes the database, and opens it with a new log. */
  reopen(): Promise<void>
  /** Time between two attempts to recover while nobody writes. */
  retryMs: number
  /** Told once when writes begin to fail, and once when they are possible again. */
  report(failure: string | null): void
}

/**
 * Makes the one way in which the database is written to. A write that fails, as on a full disk, leaves a torn end in
 * LevelDB's log: what is written behind it is acknowledged, and dropped at the next start. So nothing is, before the
 * database has been opened anew.
 */
export function createWriter({ probe, reopen, retryMs, report }: WriterParts) {
  const queue = new PQueue({ concurrency: 1 })
  let failure: string | null = null
  let closed = false
  let reopening = Promise.resolve()
  let timer: NodeJS.Timeout | undefined

  function fail(error: unknown): Error {
    const reason = reasonOf(error)
    if (failure === null) report(reason)
    failure = reason
    clearTimeout(timer)
    if (!closed) timer = setTimeout(() => void queue.add(recover).catch(() => undefined), retryMs)
    return new StoreWriteError(reason, { cause: error })
  }

  /** Opens the database anew after a write that failed; as long as that would fail as well, it is left open for reads. */
  async function recover(): Promise<void> {
    if (failure === null || closed) return
    try {
      await probe()
      reopening = reopen()
      await reopening
    } catch (error) {
      throw fail(error)
    }
    failure = null
    clearTimeout(timer)
    report(null)
  }

  async function attempt<T>(task: () => Promise<T>): Promise<T> {
    await recover()
    try {
      return await task()
    } catch (error) {
      if (!TEARS.has(codeOf(error))) throw error
      throw fail(error)
    }
  }

  const write: Write = (task) => queue.add(() => attempt(task))
  const read: Read = async (task) => {
    await reopening.catch(() => undefined)
    try {
      return await task()
    } catch (error) {
      if (!CLOSED.has(codeOf(error))) throw error
      throw new StoreReadError(failure ?? 'the store is being opened anew', { cause: error })
    }
  }

  return {
    write,
    read,

    /** Why the last write failed; null once one has succeeded, or the database has been opened anew. */
    get failure(): string | null {
      return failure
    },

    /** Resolves when all writes are through; nothing is opened anew afterwards. */
    async close(): Promise<void> {
      closed = true
      clearTimeout(timer)
      await queue.onIdle()
    }
  }
}

const codeOf = (error: unknown) => String((error as { code?: unknown }).code)
