import fp from 'fastify-plugin'
import { createDiscovery, type DiscoveryOptions } from './discovery.ts'

type Discovery = Omit<ReturnType<typeof createDiscovery>, 'close' | 'stop'>

declare module 'fastify' {
  interface FastifyInstance {
    discovery: Discovery
  }
}

export default fp<DiscoveryOptions>(
  async function discovery(app, options) {
    const api = createDiscovery(app, options)
    app.decorate('discovery', api)
    app.beforeClosing(async () => api.stop())
    app.addHook('onClose', () => api.close())
  },
  { name: 'discovery', fastify: '5.x', dependencies: ['closing', 'db', 'axeos'] }
)
