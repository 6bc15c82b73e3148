import PQueue from 'p-queue'

/** Runs a write after those that were asked for before. */
export type Write = <T>(task: () => Promise<T>) => Promise<T>

const TEARS = new Set(['LEVEL_IO_ERROR', 'LEVEL_CORRUPTION'])

/**
 * Makes the one way in which the database is written to. A write that fails, as on a full disk, leaves a torn end in
 * LevelDB's log: what is written behind it is acknowledged, and dropped at the next start. So nothing is, before the
 * database has been opened anew.
 * @param reopen closes the database, and opens it with a new log
 */
export function createWriter(reopen: () => Promise<void>) {
  const queue = new PQueue({ concurrency: 1 })
  let torn = false
  let closed = false

  async function attempt<T>(task: () => Promise<T>): Promise<T> {
    if (torn && !closed) {
      await reopen()
      torn = false
    }
    try {
      return await task()
    } catch (error) {
      torn ||= TEARS.has((error as { code?: string }).code ?? '')
      throw error
    }
  }

  const write: Write = (task) => queue.add(() => attempt(task))
  return {
    write,

    /** False after a write that failed, until one has succeeded. */
    get isWhole(): boolean {
      return !torn
    },

    /** Resolves when all writes are through; nothing is opened anew afterwards. */
    async close(): Promise<void> {
      closed = true
      await queue.onIdle()
    }
  }
}
