import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { failures } from '../schemas/common.ts'
import { components } from '../schemas/components.ts'
import packageJson from '../package.json' with { type: 'json' }

const tags = [
  { name: 'discovery', description: 'Find miners on the network' },
  { name: 'devices', description: 'Register devices and watch them' },
  { name: 'commands', description: 'Change, restart, identify, pause and resume a miner' },
  { name: 'presets', description: 'Settings that devices share' },
  { name: 'operations', description: 'The same command for many miners at once' },
  { name: 'logs', description: "The miners' own logs" },
  { name: 'live', description: 'Socket.IO and WebSocket: see the AsyncAPI document' },
  { name: 'service', description: 'Health and metrics of the backend itself' }
]

const token = {
  type: 'http' as const,
  scheme: 'bearer',
  description: 'One of the tokens in `API_TOKEN`; without that setting every request is taken'
}

export default fp(
  async (app) => {
    for (const component of components) app.addSchema(component)
    app.addHook('onRoute', addCommonFailures)
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Pluto backend',
          description: 'Finds, registers, watches and changes Bitcoin miners of the Bitaxe family.',
          version: packageJson.version,
          license: { name: 'MIT', identifier: 'MIT' }
        },
        servers: [{ url: '/', description: 'This service' }],
        tags,
        components: { securitySchemes: { token } },
        security: [{}, { token: [] }]
      },
      // Routes answer with and without a trailing slash; the document names one of the two.
      transform: ({ schema, url }) => ({ schema, url: url.length > 1 ? url.replace(/\/$/, '') : url }),
      refResolver: { buildLocalReference: (json, _base, _fragment, i) => String(json.$id ?? `schema-${i}`) }
    })
    await app.register(swaggerUi, { routePrefix: '/documentation' })
  },
  { name: 'openapi', dependencies: ['errors'], fastify: '5.x' }
)

/** Documents what any route can fail with, so that no route has to repeat it. */
function addCommonFailures({ schema }: RouteOptions): void {
  if (!schema?.operationId) return
  const takesInput = schema.params || schema.querystring || schema.body || schema.headers
  const common = {
    ...failures(405, 500, 503),
    ...(takesInput ? failures(400) : {}),
    ...(schema.body ? failures(413, 415) : {})
  }
  schema.response = { ...common, ...(schema.response as object) }
}
