import fp from 'fastify-plugin'
import { createActions } from './actions.ts'
import { createSettings } from './settings.ts'

declare module 'fastify' {
  interface FastifyInstance {
    commands: ReturnType<typeof createActions> & ReturnType<typeof createSettings>
  }
}

export default fp(async (app) => void app.decorate('commands', { ...createActions(app), ...createSettings(app) }), {
  name: 'commands',
  dependencies: ['db', 'axeos', 'discovery', 'deviceHub', 'presets'],
  fastify: '5.x'
})
