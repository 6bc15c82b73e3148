import fp from 'fastify-plugin'
import { createPresets, type Presets } from './store.ts'

declare module 'fastify' {
  interface FastifyInstance {
    presets: Presets
  }
}

export default fp(async (app) => void app.decorate('presets', createPresets(app)), {
  name: 'presets',
  dependencies: ['db', 'vault'],
  fastify: '5.x'
})
