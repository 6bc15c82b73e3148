import { randomBytes } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { writeSecretFile } from '../../src/durable-file.ts'
import { hasCode } from '../../src/errors/code-of.ts'
import { KeyFileError } from '../../src/errors/start.ts'

const KEY_BYTES = 32

/** Parses a key of 32 bytes in hexadecimal or base64. @returns null for any other text */
export function parseKey(text: string): Buffer | null {
  const trimmed = text.trim()
  const key = Buffer.from(trimmed, /^[0-9a-f]{64}$/i.test(trimmed) ? 'hex' : 'base64')
  return key.length === KEY_BYTES ? key : null
}

/** Generates a random key. */
export const generateKey = (): Buffer => randomBytes(KEY_BYTES)

/**
 * Reads a key file. @returns null when the file does not exist
 * @throws {KeyFileError} the file cannot be read or holds no key
 */
export async function readKey(file: string): Promise<Buffer | null> {
  const text = await readRegularFile(file).catch((error: Error) => {
    if (hasCode(error, 'ENOENT')) return null
    throw new KeyFileError(file, error.message)
  })
  if (text === null) return null
  const key = parseKey(text)
  if (!key) throw new KeyFileError(file, 'it does not hold 32 bytes in hexadecimal or base64')
  return key
}

/** A pipe or a device may never come to an end. */
async function readRegularFile(file: string): Promise<string> {
  if (!(await stat(file)).isFile()) throw new Error('it is not a regular file')
  return readFile(file, 'utf8')
}

/** Writes a key file that only its owner may read. @throws {KeyFileError} the file cannot be written */
export async function writeKey(file: string, key: Buffer): Promise<void> {
  await writeSecretFile(file, `${key.toString('hex')}\n`).catch((error: Error) => {
    throw new KeyFileError(file, error.message)
  })
}

/** Reads a key file that must exist. @throws {KeyFileError} */
export async function requireKey(file: string): Promise<Buffer> {
  const key = await readKey(file)
  if (!key) throw new KeyFileError(file, 'it is missing, but the stored passwords need it')
  return key
}
