import { join, resolve } from 'node:path'
import fp from 'fastify-plugin'
import { WrongKeyError } from '../../src/errors.ts'
import { createCipher, type Cipher } from './cipher.ts'
import { parseKey, readOrMakeKey } from './key.ts'

declare module 'fastify' {
  interface FastifyInstance {
    vault: Cipher
  }
}

export default fp(
  async (app) => {
    const { config, db } = app
    const known = db.meta.get('keyId')
    const file = join(resolve(config.DATA_DIR), 'secrets.key')
    const fromEnv = config.SECRETS_KEY === undefined ? null : parseKey(config.SECRETS_KEY)
    const cipher = createCipher(fromEnv ?? (await readOrMakeKey(file, known === undefined)))
    if (known !== undefined && known !== cipher.keyId) throw new WrongKeyError(config.DATA_DIR, known, cipher.keyId)
    if (known === undefined) await db.commit(() => [db.meta.put('keyId', cipher.keyId)])
    app.decorate('vault', cipher)
  },
  { name: 'vault', dependencies: ['db'], fastify: '5.x' }
)
