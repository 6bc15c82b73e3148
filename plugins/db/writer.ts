import PQueue from 'p-queue'
import { hasCode } from '../../src/errors/code-of.ts'
import { StoreReadError, StoreWriteError } from '../../src/errors/store.ts'
import { reasonOf } from './disk-space.ts'

/** Runs a write after all writes requested before it. @throws {StoreWriteError} */
export type Write = <T>(task: () => Promise<T>) => Promise<T>
/** Runs a read. If the database is being reopened, waits for that first. @throws {StoreReadError} */
export type Read = <T>(task: () => Promise<T>) => Promise<T>

const TORN_LOG_CODES = ['LEVEL_IO_ERROR', 'LEVEL_CORRUPTION', 'STORE_FILES']
const CLOSED_CODES = ['LEVEL_DATABASE_NOT_OPEN', 'LEVEL_ITERATOR_NOT_OPEN']

export interface WriterParts {
  /** Rejects while reopening would fail. */
  probe(): Promise<void>
  /** Closes the database and opens it with a new log. */
  reopen(): Promise<void>
  /** Time between two attempts to recover while there are no writes, in ms. */
  retryMs: number
  /** Called with the reason once when writes start to fail, and with null once they succeed again. */
  report(failure: string | null): void
}

/**
 * Creates the only path by which the database is written. A failed write, for example on a full disk, leaves a torn record
 * at the end of LevelDB's log. LevelDB would acknowledge later writes and drop them at the next start, so after a failure
 * nothing is written until the database has been reopened with a new log.
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

  /** Reopens the database after a failed write. While reopening would fail too, the database stays open for reads. */
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
      if (!hasCode(error, ...TORN_LOG_CODES)) throw error
      throw fail(error)
    }
  }

  const write: Write = (task) => queue.add(() => attempt(task))
  const read: Read = async (task) => {
    await reopening.catch(() => undefined)
    try {
      return await task()
    } catch (error) {
      if (!hasCode(error, ...CLOSED_CODES)) throw error
      throw new StoreReadError(failure ?? 'the store is being reopened', { cause: error })
    }
  }

  return {
    write,
    read,

    /** Why the last write failed; null while writes succeed and after the database has been reopened. */
    get failure(): string | null {
      return failure
    },

    /** Resolves when all writes have ended. The database is not reopened afterwards. */
    async close(): Promise<void> {
      closed = true
      clearTimeout(timer)
      await queue.onIdle()
    }
  }
}
