import { link, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'

/**
 * Takes the lock of a database without opening the database, because opening changes its files. It opens a second, empty
 * database whose LOCK file is a hard link to the first one's. On file systems without hard links no lock is taken, and the
 * operator has to make sure that no other process uses the database.
 * @returns releases the lock
 * @throws LevelDB's error, with `LEVEL_LOCKED` when another process has the database open
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
