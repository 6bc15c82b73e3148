import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { renameDurably } from '../../src/durable-file.ts'
import { keyIdOf } from './cipher.ts'
import { makeKey, readKey, requireKey, writeKey } from './key.ts'

/** The key in use, the one that a rotation brings, and the one that it has put aside. */
export function keyFilesOf(dataDir: string) {
  const current = join(resolve(dataDir), 'secrets.key')
  return { current, next: `${current}.next`, old: (keyId: string) => `${current}.old-${keyId}` }
}

/** What was found of a rotation that did not come to its end: the new key was in use already, or not yet. */
export type Leftover = 'completed' | 'dropped' | null

/**
 * Ends a rotation that was cut off. The store says which key its passwords are sealed with: when it is the new one, that
 * takes the place of the old one, and else it never came to be used.
 * @param known the id of the store's key
 */
export async function settleRotation(dataDir: string, known: string): Promise<Leftover> {
  const { current, next } = keyFilesOf(dataDir)
  if (!existsSync(next)) return null
  const key = await readKey(current).catch(() => null)
  if (key && keyIdOf(key) === known) {
    await rm(next)
    return 'dropped'
  }
  // A file that was cut off while it was written is no key, and not the one that is looked for.
  const coming = await readKey(next).catch(() => null)
  if (!coming || keyIdOf(coming) !== known) return null
  await renameDurably(next, current)
  return 'completed'
}

/**
 * The key in the key file. Where the store has no key yet and there is no file, makes one.
 * @param known the id of the store's key, once it has one
 * @throws {KeyFileError}
 */
export async function openKeyFile(dataDir: string, known: string | undefined): Promise<Buffer> {
  const { current, next } = keyFilesOf(dataDir)
  if (known !== undefined) return requireKey(current)
  const found = await readKey(current)
  if (found) return found
  const key = makeKey()
  await writeKey(next, key)
  await renameDurably(next, current)
  return key
}
