import fp from 'fastify-plugin'
import { createBus, type Bus } from '../src/bus.ts'

declare module 'fastify' {
  interface FastifyInstance {
    bus: Bus
  }
}

export default fp(
  async (app) => {
    app.decorate(
      'bus',
      createBus((err, event) => app.log.error({ err, event }, 'a listener failed'))
    )
  },
  { name: 'bus', fastify: '5.x' }
)
