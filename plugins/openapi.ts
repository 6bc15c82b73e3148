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
  { name: 'devices', description: 'Register devices and watch them' },
  { name: 'commands', description: 'Change, restart, identify, pause and resume a miner' },
  { name: 'presets', description: 'Settings that devices share' },
  { name: 'operations', description: 'The same command for many miners at once' },
  { name: 'logs', description: "The miners' own logs" },
  { name: 'dashboards', description: 'Grafana dashboards of the devices and the fleet' },
  { name: 'live', description: 'Socket.IO and WebSocket: see the AsyncAPI document' },
  { name: 'service', description: 'Health and metrics of the backend itself' }
]

const token = {
  type: 'http' as const,
  scheme: 'bearer',
  description: 'One of the tokens in `API_TOKEN`; without that setting every request is taken'
}

/** What the page at `/documentation` may load: its own files alone, over whatever it came by. */
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
      transform: ({ schema, url }) => ({
        schema: nameAnswers(relaxQuery(schema)),
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

/** Documents what any route can fail with, so that no route has to repeat it. */
function addCommonFailures({ method, schema }: RouteOptions): void {
  if (!schema?.operationId) return
  const readsBody = [method].flat().some((name) => name !== 'GET' && name !== 'HEAD')
  const takesInput = schema.params || schema.querystring || readsBody || schema.headers
  const common = {
    ...failures(403, 405, 429, 500, 503),
    ...(schema.security?.length === 0 ? {} : failures(401)),
    ...(takesInput ? failures(400) : {}),
    ...(schema.params ? failures(414) : {}),
    ...(readsBody ? failures(413, 415) : {})
  }
  schema.response = { ...common, ...(schema.response as object) }
}

/**
 * A query parameter with a default may be left out, which its schema does not say: defaults come in before it is checked.
 * One that may be left out has no example, since the page would send that along.
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

/** Calls each answer by the words of its status, unless it says more of itself. */
function nameAnswers({ response, ...schema }: FastifySchema): FastifySchema {
  if (!response) return schema
  const answers = Object.entries(response).map(([status, answer]) => [
    status,
    { description: STATUS_CODES[status], ...(answer as object) }
  ])
  return { ...schema, response: Object.fromEntries(answers) }
}

const isObjectSchema = (schema: unknown): schema is TObject =>
  typeof schema === 'object' && schema !== null && 'properties' in schema
