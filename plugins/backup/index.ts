import { getHeapStatistics } from 'node:v8'
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

/** A backup is held in memory while it is checked, where it takes several times its size. */
const HEAP_SHARE = 6

const defaultMaxBytes = () => Math.min(MAX_BYTES, Math.floor(getHeapStatistics().heap_size_limit / HEAP_SHARE))

/** Saves everything that is stored as one stream, and restores such a stream. */
function createBackup(app: FastifyInstance, { maxBytes = defaultMaxBytes() }: BackupOptions) {
  return { save: createSave(app), restore: createRestore(app, maxBytes) }
}

declare module 'fastify' {
  interface FastifyInstance {
    backup: ReturnType<typeof createBackup>
  }
}

export default fp<BackupOptions>(async (app, options) => void app.decorate('backup', createBackup(app, options)), {
  name: 'backup',
  dependencies: ['axeos', 'bus', 'db', 'vault', 'devices', 'operations', 'presets'],
  fastify: '5.x'
})
