import fp from 'fastify-plugin'
import { ClosingError } from '../src/errors/limits.ts'

/** Time for slow clients to read their last response before their connections are closed. */
const GRACE_MS = 2000

declare module 'fastify' {
  interface FastifyInstance {
    /** Registers a short task that runs before any plugin is closed. */
    beforeClosing(finish: () => Promise<void>): void
  }
}

/**
 * Lets plugins finish their work before the plugins that they depend on close. Fastify runs `preClose` hooks in the order of
 * registration, dependencies first, so this plugin is registered before all others. While it closes, new requests over open
 * connections are refused, and clients that do not read are not waited for.
 */
export default fp(
  async (app) => {
    const tasks: (() => Promise<void>)[] = []
    let closing = false
    app.addHook('onRequest', async () => {
      if (closing) throw new ClosingError()
    })
    app.decorate('beforeClosing', (finish) => void tasks.push(finish))
    app.addHook('preClose', async () => {
      closing = true
      setTimeout(() => app.server.closeAllConnections(), GRACE_MS).unref()
      await Promise.all(tasks.map((finish) => finish()))
    })
  },
  { name: 'closing', fastify: '5.x' }
)
