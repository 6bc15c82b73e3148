import fp from 'fastify-plugin'
import { createRegistry } from './registry.ts'

declare module 'fastify' {
  interface FastifyInstance {
    devices: ReturnType<typeof createRegistry>
  }
}

export default fp(async (app) => void app.decorate('devices', createRegistry(app)), {
  name: 'devices',
  dependencies: ['bus', 'db', 'axeos', 'discovery', 'deviceHub'],
  fastify: '5.x'
})
