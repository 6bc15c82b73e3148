import Fastify, { type FastifyInstance } from 'fastify'
import type { Config } from './config.ts'
import bus from '../plugins/bus.ts'
import db from '../plugins/db/index.ts'
import errors from '../plugins/errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    config: Config
  }
}

/** Puts the backend together. The order is the architecture: a plugin may call what stands above it. */
export async function buildApp(config: Config): Promise<FastifyInstance> {
  const app = Fastify({ logger: { level: config.LOG_LEVEL } })
  app.decorate('config', config)
  await app.register(errors)
  await app.register(bus)
  await app.register(db)
  return app
}
