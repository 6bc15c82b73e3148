import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { KeyFileError } from '../../src/errors.ts'

const KEY_BYTES = 32

/** Reads a key of 32 bytes from hexadecimal or base64 text. @returns null when it is neither */
export function parseKey(text: string): Buffer | null {
  const trimmed = text.trim()
  const key = Buffer.from(trimmed, /^[0-9a-f]{64}$/i.test(trimmed) ? 'hex' : 'base64')
  return key.length === KEY_BYTES ? key : null
}

/**
 * Reads the key file; where there is none, makes one that its owner alone may read.
 * @throws {KeyFileError} it cannot be read or made, or holds no key
 */
export async function readOrMakeKey(file: string, mayMake: boolean): Promise<Buffer> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && mayMake) return null
    throw new KeyFileError(
      file,
      error.code === 'ENOENT' ? 'it is missing, and stored passwords need it' : error.message
    )
  })
  if (text === null) return makeKey(file)
  const key = parseKey(text)
  if (!key) throw new KeyFileError(file, 'it does not hold 32 bytes in hexadecimal or base64')
  return key
}

async function makeKey(file: string): Promise<Buffer> {
  const key = randomBytes(KEY_BYTES)
  try {
    await writeFile(file, `${key.toString('hex')}\n`, { mode: 0o600, flag: 'wx', flush: true })
  } catch (error) {
    throw new KeyFileError(file, (error as Error).message)
  }
  return key
}
