import fp from 'fastify-plugin'
import { openStore, type Store } from './store.ts'

/** Overrides the plugin's constants. */
export interface DbOptions {
  retryMs?: number
  checkMs?: number
}

declare module 'fastify' {
  interface FastifyInstance {
    db: Store
  }
}

export default fp<DbOptions>(
  async (app, options) => {
    const { config, log } = app
    const store = await openStore(config.DATA_DIR, {
      ...options,
      onDamaged: (table, key) =>
        log.error({ table, key }, 'a stored record is damaged: it stays on disk and is ignored'),
      onDropped: (what) =>
        log.error({ what }, 'the newest records of the store could not be read and are lost: see "npm run restore"'),
      onLost: (commits, counts) =>
        log.error(
          { commits, counts },
          `the store lacks its newest ${commits} commits, which had been acknowledged: its files were cut off or deleted. See "npm run repair" and "npm run restore"`
        ),
      onRepaired(repaired) {
        if (repaired.what === 'log')
          log.error('the newest log of the store was cut off: its records were written again from memory')
        else log.error(repaired, 'the store was written again from memory, because its files were deleted or cut off')
      },
      onWritableChange(failure) {
        if (failure === null) log.info('the store can be written again')
        else log.error({ reason: failure }, 'the store cannot be written: changes are refused until it can be')
      }
    })
    app.decorate('db', store)
    app.addHook('onClose', () => store.close())
  },
  { name: 'db', fastify: '5.x' }
)
