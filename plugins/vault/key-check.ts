import { stat } from 'node:fs/promises'
import { renameDurably } from '../../src/durable-file.ts'
import { hasCode } from '../../src/errors/code-of.ts'
import { StoreFilesError } from '../../src/errors/store.ts'
import { keyIdOf } from './cipher.ts'
import { keyFilesOf } from './files.ts'
import { requireKey, writeKey } from './key.ts'

/**
 * Creates a check of the key file of a running service. Without it the stored passwords would be lost at the next start, so
 * a file that is gone or empty is written again from memory. A file with another content is left alone.
 * @param onRewritten called with the path of a file that was written again
 */
export function createKeyCheck(dataDir: string, key: Buffer, onRewritten: (file: string) => void) {
  const { current, next } = keyFilesOf(dataDir)
  const keyId = keyIdOf(key)
  let known: string | null = null

  async function rewrite(): Promise<void> {
    await writeKey(next, key)
    await renameDurably(next, current)
    onRewritten(current)
  }

  async function update(): Promise<void> {
    const mark = await markOf(current)
    if (mark !== null && mark.text === known) return
    known = null
    if (mark === null || mark.size === 0) await rewrite()
    else if (keyIdOf(await requireKey(current)) !== keyId) throw new Error('it holds another key')
    known = (await markOf(current))?.text ?? null
  }

  /** @throws {StoreFilesError} the file cannot be read or written, or holds another key */
  return async function checkKey(): Promise<void> {
    await update().catch((error: Error) => {
      const reason = hasCode(error, 'PLUTO_KEY_FILE') ? 'it cannot be read or written, or holds no key' : error.message
      throw new StoreFilesError(`the key file DATA_DIR/secrets.key was replaced while the service runs (${reason})`)
    })
  }
}

async function markOf(file: string): Promise<{ text: string; size: number } | null> {
  try {
    const { dev, ino, size, mtimeMs } = await stat(file)
    return { text: `${dev}:${ino}:${size}:${mtimeMs}`, size }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
}
