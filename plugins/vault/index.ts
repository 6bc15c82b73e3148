import fp from 'fastify-plugin'
import { WrongKeyError } from '../../src/errors/start.ts'
import { createCipher, type Cipher } from './cipher.ts'
import { openKeyFile, settleRotation } from './files.ts'
import { createKeyCheck } from './key-check.ts'
import { parseKey } from './key.ts'

declare module 'fastify' {
  interface FastifyInstance {
    vault: Cipher
  }
}

export default fp(
  async (app) => {
    const { config, db, log } = app
    const storeKeyId = db.meta.get('keyId')
    const fromEnv = config.SECRETS_KEY === undefined ? null : parseKey(config.SECRETS_KEY)
    if (!fromEnv && storeKeyId !== undefined) {
      const settled = await settleRotation(config.DATA_DIR, storeKeyId)
      if (settled) log.warn({ rotation: settled }, 'settled an interrupted rotation of the secrets key')
    }
    const key = fromEnv ?? (await openKeyFile(config.DATA_DIR, storeKeyId))
    const cipher = createCipher(key)
    if (storeKeyId !== undefined && storeKeyId !== cipher.keyId)
      throw new WrongKeyError(config.DATA_DIR, storeKeyId, cipher.keyId)
    if (storeKeyId === undefined) await db.commit(() => [db.meta.put('keyId', cipher.keyId)])
    if (!fromEnv)
      db.addCheck(
        createKeyCheck(config.DATA_DIR, key, (file) =>
          log.error({ file }, 'the key file was deleted or emptied: it was written again from memory')
        )
      )
    app.decorate('vault', cipher)
  },
  { name: 'vault', dependencies: ['db'], fastify: '5.x' }
)
