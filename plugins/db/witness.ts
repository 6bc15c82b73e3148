import { open, readFile, rm, stat, type FileHandle } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { locationOf } from './open.ts'

/** A fixed size, so that a write replaces the whole text, and succeeds on a full disk. */
const BYTES = 256

/** Time between two looks at whether the file is still in place. */
const CHECK_MS = 2000

/** What the store held after its last synced commit. */
export interface Witness {
  /** Which store this is: a copy of it, or another in its place, has another LOCK file. */
  store: string
  sequence: number
  /** Number of records, by table. */
  counts: Record<string, number>
}

const witnessOf = (dataDir: string) => join(resolve(dataDir), 'store.witness')

/** Identifies a store by its LOCK file, which LevelDB never replaces. */
export async function identifyStore(dataDir: string): Promise<string> {
  const { ino, birthtimeMs } = await stat(join(locationOf(dataDir), 'LOCK'))
  return `${ino}:${birthtimeMs}`
}

/** @returns null when there is none, or it is unreadable */
export async function readWitness(dataDir: string): Promise<Witness | null> {
  try {
    const value = JSON.parse(await readFile(witnessOf(dataDir), 'utf8')) as Partial<Witness> | null
    const { store, sequence, counts } = value ?? {}
    if (typeof store !== 'string' || !Number.isSafeInteger(sequence) || typeof counts !== 'object') return null
    return { store, sequence: Number(sequence), counts }
  } catch {
    return null
  }
}

/** Removes the witness of a store that was changed on purpose. */
export const removeWitness = (dataDir: string): Promise<void> => rm(witnessOf(dataDir), { force: true })

/**
 * Keeps the witness of a store beside it. It is not synced, because one that is older than its store does no harm; for the
 * same reason no failure to write it is one of the commit.
 */
export function createWitness(dataDir: string) {
  let handle: FileHandle | undefined
  let checkedAt = -Infinity

  async function isInPlace(): Promise<boolean> {
    checkedAt = performance.now()
    if (!handle) return false
    const [held, found] = await Promise.all([handle.stat(), stat(witnessOf(dataDir)).catch(() => undefined)])
    return held.ino === found?.ino && held.dev === found.dev
  }

  /** A witness that was deleted is made again only beside its store: whoever deletes both may not have finished yet. */
  async function openAgain(): Promise<void> {
    await stat(join(locationOf(dataDir), 'LOCK'))
    await handle?.close()
    handle = undefined
    handle = await open(witnessOf(dataDir), 'r+').catch(() => open(witnessOf(dataDir), 'w+', 0o600))
  }

  return {
    async write(witness: Witness): Promise<void> {
      const text = Buffer.from(`${JSON.stringify(witness).padEnd(BYTES - 1)}\n`)
      try {
        if (!handle || (performance.now() - checkedAt > CHECK_MS && !(await isInPlace()))) await openAgain()
        await handle?.write(text, 0, text.length, 0)
      } catch {
        // The next commit tries again.
      }
    },

    async close(): Promise<void> {
      await handle?.close()
      handle = undefined
    }
  }
}

/**
 * Counts the commits that a store has lost since its witness was written.
 * @param isNew whether the store was created just now
 */
export function countLost(witness: Witness | null, store: string, sequence: number, isNew: boolean): number {
  if (!witness || (!isNew && witness.store !== store)) return 0
  return Math.max(0, witness.sequence - (isNew ? 0 : sequence))
}
