import fp from 'fastify-plugin'
import { createOperations, type Operations } from './operations.ts'

declare module 'fastify' {
  interface FastifyInstance {
    operations: Operations
  }
}

export default fp(
  async (app) => {
    const operations = createOperations(app)
    app.decorate('operations', operations)
    app.addHook('onReady', () => operations.recover())
    app.beforeClosing(() => operations.close())
  },
  { name: 'operations', dependencies: ['closing', 'db', 'bus', 'devices', 'commands', 'presets'], fastify: '5.x' }
)
