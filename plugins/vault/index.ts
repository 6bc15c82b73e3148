import fp from 'fastify-plugin'
import { WrongKeyError } from '../../src/errors/start.ts'
import { createCipher, type Cipher } from './cipher.ts'
import { openKeyFile, settleRotation } from './files.ts'
import { parseKey } from './key.ts'

declare module 'fastify' {
  interface FastifyInstance {
    vault: Cipher
  }
}

export default fp(
  async (app) => {
    const { config, db, log } = app
    const known = db.meta.get('keyId')
    const fromEnv = config.SECRETS_KEY === undefined ? null : parseKey(config.SECRETS_KEY)
    if (!fromEnv && known !== undefined) {
      const leftover = await settleRotation(config.DATA_DIR, known)
      if (leftover) log.warn({ leftover }, 'a rotation of the secrets key had been cut off')
    }
    const cipher = createCipher(fromEnv ?? (await openKeyFile(config.DATA_DIR, known)))
    if (known !== undefined && known !== cipher.keyId) throw new WrongKeyError(config.DATA_DIR, known, cipher.keyId)
    if (known === undefined) await db.commit(() => [db.meta.put('keyId', cipher.keyId)])
    app.decorate('vault', cipher)
  },
  { name: 'vault', dependencies: ['db'], fastify: '5.x' }
)
