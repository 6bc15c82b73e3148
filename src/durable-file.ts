import { mkdir, open, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hasCode } from './errors/code-of.ts'

/**
 * Writes a file that only its owner may read, even if it existed with another mode. When the promise resolves, the file survives
 * a power failure: its content and its directory entry are synced. `write-file-atomic` syncs the content only, so after a
 * power failure its rename may be undone, and the store would hold passwords sealed with a key that is gone.
 */
export async function writeSecretFile(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w', 0o600)
  try {
    await handle.chmod(0o600)
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await syncDirectory(dirname(file))
}

/** Renames a file over another. When the promise resolves, the rename survives a power failure. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to)
  await syncDirectory(dirname(to))
}

/** Syncs the directory of a file, so that its entry survives a power failure. */
export const syncDirectoryOf = (file: string): Promise<void> => syncDirectory(dirname(file))

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Creates a directory and its missing parents. The recursive `mkdir` of Node.js never ends below `/proc`, where a directory
 * exists in which nothing can be created.
 * @throws {Error} the path cannot be a directory; the message says why
 */
export async function createDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory)
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return requireDirectory(directory)
    const parent = dirname(directory)
    if (!hasCode(error, 'ENOENT') || (await isDirectory(parent))) throw error
    await createDirectory(parent)
    await mkdir(directory)
  }
}

async function requireDirectory(directory: string): Promise<void> {
  const found = await stat(directory).catch((error: Error) => {
    throw hasCode(error, 'ENOENT') ? new Error(`${directory} is a symbolic link to a path that does not exist`) : error
  })
  if (!found.isDirectory()) throw new Error(`${directory} is not a directory`)
}

const isDirectory = (path: string) =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false
  )
