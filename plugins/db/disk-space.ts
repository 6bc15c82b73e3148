import { open, readdir, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { getSystemErrorMessage } from 'node:util'
import { hasCode } from '../../src/errors/code-of.ts'
import { StoreFilesError } from '../../src/errors/store.ts'
import { rootCause } from './open.ts'

/** Free space required beyond what reopening needs, so that the next write does not fail again. */
const SPARE_BYTES = 1024 * 1024
const PROBE_BYTES = 4096

/**
 * Checks whether LevelDB could reopen in a directory, without closing it first: if the reopening failed, reads would fail too.
 * On opening, LevelDB rewrites its logs as tables, which takes their size again.
 * @throws the reason why it could not
 */
export async function probeDiskSpace(location: string): Promise<void> {
  const names = await readdir(location).catch((error: Error) => {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  })
  const sizes = await Promise.all(
    names.filter((name) => name.endsWith('.log')).map(async (name) => (await stat(join(location, name))).size)
  )
  const { bavail, bsize } = await statfs(location).catch(() => statfs(join(location, '..')))
  if (bavail * bsize < SPARE_BYTES + sizes.reduce((sum, size) => sum + size, 0))
    throw new Error('no space left on device')
  const file = join(location, '..', 'store.probe')
  const handle = await open(file, 'w', 0o600)
  try {
    await handle.write(Buffer.alloc(PROBE_BYTES))
    await handle.sync()
  } finally {
    await handle.close()
    await rm(file, { force: true })
  }
}

/** Returns the reason in an error of LevelDB or the file system, without paths: `no space left on device`. */
export function reasonOf(error: unknown): string {
  if (error instanceof StoreFilesError) return error.message
  const { errno, message } = rootCause(error) as NodeJS.ErrnoException
  if (errno !== undefined) return getSystemErrorMessage(errno)
  const reason = message.split(': ').at(-1) ?? message
  return reason.charAt(0).toLowerCase() + reason.slice(1)
}
