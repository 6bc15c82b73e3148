import { link, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'

/**
 * Holds the lock of a database without opening it, which would already change its files: another database is opened that
 * shares the lock's file. Where files cannot be linked, nothing is found out, and the operator's word counts.
 * @returns lets go of it
 * @throws as LevelDB does, with `LEVEL_LOCKED` when another process has the database open
 */
export async function holdLock(location: string): Promise<() => Promise<void>> {
  const beside = `${location}.lock`
  await rm(beside, { recursive: true, force: true })
  await mkdir(beside, { recursive: true })
  await link(join(location, 'LOCK'), join(beside, 'LOCK')).catch(() => undefined)
  const level = new ClassicLevel(beside)
  async function release(): Promise<void> {
    await level.close()
    await rm(beside, { recursive: true, force: true })
  }
  try {
    await level.open()
  } catch (error) {
    await release()
    throw error
  }
  return release
}
