import { STATUS_CODES } from 'node:http'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { TObject } from '@sinclair/typebox'
import type { FastifySchema, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { failures } from '../schemas/common.ts'
import { components } from '../schemas/components.ts'
import packageJson from '../package.json' with { type: 'json' }

const tags = [
  { name: 'discovery', description: 'Find miners on the network' },
  { name: 'devices', description: 'Register (imprint) and monitor devices' },
  { name: 'commands', description: 'Change, restart, identify, pause and resume a miner' },
  { name: 'presets', description: 'Settings shared by several devices' },
  { name: 'operations', description: 'One command for many miners' },
  { name: 'logs', description: 'Logs of the miners' },
  { name: 'dashboards', description: 'Grafana dashboards of the devices and the fleet' },
  { name: 'live', description: 'Socket.IO and WebSocket: see the AsyncAPI document' },
  { name: 'service', description: 'Health, metrics, audit trail and backups of the backend' }
]

const token = {
  type: 'http' as const,
  scheme: 'bearer',
  description: 'A token of `API_TOKEN`, or of `READ_TOKEN` for reading. If neither is set, no token is required'
}

/** The page at `/documentation` may only load its own files. */
const pagePolicy = {
  'default-src': "'none'",
  'base-uri': "'none'",
  'connect-src': "'self'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
  'img-src': "'self' data:",
  'script-src': "'self'",
  'style-src': "'self'"
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
          description: 'Finds, registers, monitors and configures Bitcoin miners of the Bitaxe family.',
          version: packageJson.version,
          license: { name: 'MIT', identifier: 'MIT' }
        },
        servers: [{ url: '/', description: 'This service' }],
        tags,
        components: { securitySchemes: { token } },
        security: [{}, { token: [] }]
      },
      // Routes exist with and without a trailing slash; the document only lists the latter.
      transform: ({ schema, url }) => ({
        schema: describeResponses(relaxQuery(schema)),
        url: url.length > 1 ? url.replace(/\/$/, '') : url
      }),
      refResolver: { buildLocalReference: (json, _base, _fragment, i) => String(json.$id ?? `schema-${i}`) }
    })
    await app.register(swaggerUi, {
      routePrefix: '/documentation',
      theme: { title: 'Pluto backend' },
      staticCSP: pagePolicy,
      uiConfig: { layout: 'BaseLayout', deepLinking: true, persistAuthorization: true, displayRequestDuration: true }
    })
  },
  { name: 'openapi', dependencies: ['errors'], fastify: '5.x' }
)

/** Adds the error responses that every route can have, so that no route repeats them. */
function addCommonFailures({ method, schema }: RouteOptions): void {
  if (!schema?.operationId) return
  const hasBody = [method].flat().some((name) => name !== 'GET' && name !== 'HEAD')
  const hasInput = schema.params || schema.querystring || hasBody || schema.headers
  const common = {
    ...failures(403, 405, 429, 500, 503),
    ...(schema.security?.length === 0 ? {} : failures(401)),
    ...(hasInput ? failures(400) : {}),
    ...(schema.params ? failures(414) : {}),
    ...(hasBody ? failures(413, 415) : {})
  }
  schema.response = { ...common, ...(schema.response as object) }
}

/**
 * Marks query parameters with a default as optional: TypeBox requires them, but defaults are set before validation. Optional
 * parameters have no example, because the documentation page would send it.
 */
function relaxQuery(schema: FastifySchema | undefined): FastifySchema {
  const { querystring } = schema ?? {}
  if (!isObjectSchema(querystring)) return { ...schema }
  const required = querystring.required?.filter((name) => querystring.properties[name]?.default === undefined) ?? []
  const fields = Object.entries(querystring.properties).map(([name, { examples, ...field }]) =>
    required.includes(name) ? [name, { ...field, examples }] : [name, field]
  )
  return { ...schema, querystring: { ...querystring, properties: Object.fromEntries(fields), required } }
}

/** Describes each response by the text of its status if it has no description of its own. */
function describeResponses({ response, ...schema }: FastifySchema): FastifySchema {
  if (!response) return schema
  const responses = Object.entries(response).map(([status, response]) => [
    status,
    { description: STATUS_CODES[status], ...(response as object) }
  ])
  return { ...schema, response: Object.fromEntries(responses) }
}

const isObjectSchema = (schema: unknown): schema is TObject =>
  typeof schema === 'object' && schema !== null && 'properties' in schema
