import fp from 'fastify-plugin'
import { ClosingError } from '../src/errors/limits.ts'

/** How long an answer may still be taken by a client that is slow to read, before its connection is closed. */
const PATIENCE_MS = 2000

declare module 'fastify' {
  interface FastifyInstance {
    /** Runs `finish` when the backend is about to stop, while every plugin still works. It must not take long. */
    beforeClosing(finish: () => Promise<void>): void
  }
}

/**
 * Lets a plugin bring its work to an end before the plugins it builds on stop. Fastify runs the hooks `preClose` in the
 * order of registration, so that a plugin's own comes after those of everything that it depends on: this one is the first.
 * Clients that do not read are not waited for, and what is asked from then on over connections that are open is refused.
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
      setTimeout(() => app.server.closeAllConnections(), PATIENCE_MS).unref()
      await Promise.all(tasks.map((finish) => finish()))
    })
  },
  { name: 'closing', fastify: '5.x' }
)
