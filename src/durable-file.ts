import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

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
