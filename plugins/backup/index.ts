import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { MAX_BYTES } from '../../src/backup-file/format.ts'
import { createRestore } from './restore.ts'
import { createSave } from './save.ts'

/** Overrides the plugin's constants. */
export interface BackupOptions {
  /** Largest backup that `restore` reads. */
  maxBytes?: number
}

/** Saves everything that is stored as one stream, and restores such a stream. */
function createBackup(app: FastifyInstance, { maxBytes = MAX_BYTES }: BackupOptions) {
  return { save: createSave(app), restore: createRestore(app, maxBytes) }
}

declare module 'fastify' {
  interface FastifyInstance {
    backup: ReturnType<typeof createBackup>
  }
}

export default fp<BackupOptions>(async (app, options) => void app.decorate('backup', createBackup(app, options)), {
  name: 'backup',
  dependencies: ['bus', 'db', 'vault', 'devices', 'operations'],
  fastify: '5.x'
})
