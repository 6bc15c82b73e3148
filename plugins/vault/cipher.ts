import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { SecretUnreadableError } from '../../src/errors/presets.ts'

const ALGORITHM = 'aes-256-gcm'
const IV_BYTES = 12
const TAG_BYTES = 16

/**
 * Creates a cipher that seals texts with AES-256-GCM. A sealed text is `v1.<key id>.<base64url of IV, tag and ciphertext>`.
 * Its `context`, such as `presets/<uuid>/stratumPassword`, is authenticated, so a sealed text opens only in its own place.
 * @param key 32 bytes
 */
export function createCipher(key: Buffer) {
  const keyId = keyIdOf(key)
  return {
    keyId,

    seal(plain: string, context: string): string {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv(ALGORITHM, key, iv).setAAD(Buffer.from(context))
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return `v1.${keyId}.${Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url')}`
    },

    /** @throws {SecretUnreadableError} sealed with another key or for another context, or damaged */
    open(sealed: string, context: string): string {
      const [version, id, data = ''] = sealed.split('.')
      if (version !== 'v1' || id !== keyId) throw new SecretUnreadableError(context, `it was sealed with the key ${id}`)
      const bytes = Buffer.from(data, 'base64url')
      try {
        const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, IV_BYTES)).setAAD(Buffer.from(context))
        decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
        return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8')
      } catch {
        throw new SecretUnreadableError(context, 'it is damaged')
      }
    }
  }
}
export type Cipher = ReturnType<typeof createCipher>

/** Returns an id for a key that does not reveal the key. */
export function keyIdOf(key: Buffer): string {
  return createHash('sha256').update('pluto key id').update(key).digest('hex').slice(0, 12)
}
