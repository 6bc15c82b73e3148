import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { renameDurably } from '../../src/durable-file.ts'
import { keyIdOf } from './cipher.ts'
import { generateKey, readKey, requireKey, writeKey } from './key.ts'

/** Paths of the key in use, of the new key during a rotation, and of a replaced key by its id. */
export function keyFilesOf(dataDir: string) {
  const current = join(resolve(dataDir), 'secrets.key')
  return { current, next: `${current}.next`, old: (keyId: string) => `${current}.old-${keyId}` }
}

/** How an interrupted rotation was settled: `completed` if the store already used the new key, else `dropped`; null if nothing was settled. */
type SettledRotation = 'completed' | 'dropped' | null

/**
 * Settles an interrupted rotation. The store records which key its passwords are sealed with: if it is the new key, the new
 * key file replaces the old one; otherwise the new key was never used and its file is deleted.
 * @param storeKeyId the id of the store's key
 */
export async function settleRotation(dataDir: string, storeKeyId: string): Promise<SettledRotation> {
  const { current, next } = keyFilesOf(dataDir)
  if (!existsSync(next)) return null
  const key = await readKey(current).catch(() => null)
  if (key && keyIdOf(key) === storeKeyId) {
    await rm(next)
    return 'dropped'
  }
  // A file that was only partly written holds no valid key, so the store cannot use it.
  const newKey = await readKey(next).catch(() => null)
  if (!newKey || keyIdOf(newKey) !== storeKeyId) return null
  await renameDurably(next, current)
  return 'completed'
}

/**
 * Reads the key file. If neither the store nor the directory has a key yet, creates one.
 * @param storeKeyId the id of the store's key; undefined on the first start
 * @throws {KeyFileError}
 */
export async function openKeyFile(dataDir: string, storeKeyId: string | undefined): Promise<Buffer> {
  const { current, next } = keyFilesOf(dataDir)
  if (storeKeyId !== undefined) return requireKey(current)
  const existing = await readKey(current)
  if (existing) return existing
  const key = generateKey()
  await writeKey(next, key)
  await renameDurably(next, current)
  return key
}
