import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { createActions } from './actions.ts'
import { createDrift } from './drift.ts'
import { createSettings } from './settings.ts'

/** Creates everything that clients can ask of a miner. */
function createCommands(app: FastifyInstance) {
  return { ...createActions(app), ...createSettings(app), driftOf: createDrift(app) }
}

declare module 'fastify' {
  interface FastifyInstance {
    commands: ReturnType<typeof createCommands>
  }
}

export default fp(async (app) => void app.decorate('commands', createCommands(app)), {
  name: 'commands',
  dependencies: ['db', 'axeos', 'deviceHub', 'devices', 'presets'],
  fastify: '5.x'
})
