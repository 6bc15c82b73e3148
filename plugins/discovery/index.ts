import fp from 'fastify-plugin'
import { createDiscovery, type DiscoveryOptions } from './discovery.ts'

export type Discovery = Omit<ReturnType<typeof createDiscovery>, 'close'>

declare module 'fastify' {
  interface FastifyInstance {
    discovery: Discovery
  }
}

export default fp<DiscoveryOptions>(
  async function discovery(app, options) {
    const api = createDiscovery(app, options)
    app.decorate('discovery', api)
    app.addHook('onClose', () => api.close())
  },
  { name: 'discovery', fastify: '5.x', dependencies: ['db', 'axeos'] }
)
