import type { TObject, TSchema } from '@sinclair/typebox'
import { components } from '../../schemas/components.ts'
import { clientEvents, serverEvents, streams, type ClientEvent, type Stream } from '../../schemas/events.ts'
import packageJson from '../../package.json' with { type: 'json' }

type Json = Record<string, unknown>

const token = {
  type: 'http',
  scheme: 'bearer',
  description:
    'A token of `API_TOKEN` or `READ_TOKEN`, in the `Authorization` header of the handshake, or as `auth.token` of Socket.IO. If neither is set, no token is required'
}

/**
 * Creates the AsyncAPI 3.0 document of what OpenAPI cannot describe: the Socket.IO events in both directions and the WebSocket
 * streams. Its schemas are those that type and validate them.
 */
export function describeEvents(): Json {
  const document = {
    asyncapi: '3.0.0',
    info: {
      title: 'Pluto backend: live events',
      version: packageJson.version,
      description: 'Socket.IO events and WebSocket streams of the backend. Its HTTP API is in `docs/openapi.json`.',
      license: { name: 'MIT' }
    },
    defaultContentType: 'application/json',
    servers: {
      backend: {
        host: 'localhost:3000',
        protocol: 'ws',
        description: 'This service; `wss` with TLS',
        security: [{ $ref: '#/components/securitySchemes/token' }]
      }
    },
    channels: { socketIo: describeSocket(), ...map(streams, describeStream) },
    operations: {
      ...map(serverEvents, (event, name) => send('socketIo', event.summary, [name]), 'send'),
      ...map<ClientEvent>(clientEvents, receive, 'receive'),
      ...map(streams, ({ summary, frames }, name) => send(name, summary, frames.map(nameOf)), 'send')
    }
  }
  return { ...document, components: { securitySchemes: { token }, schemas: componentsOf(document) } }
}

/** Maps the values of a record. `prefix` is put before its names. */
function map<T>(
  record: Record<string, T>,
  change: (value: T, name: string) => Json,
  prefix?: string
): Record<string, Json> {
  const entries = Object.entries(record)
  return Object.fromEntries(entries.map(([name, value]) => [prefix ? `${prefix}_${name}` : name, change(value, name)]))
}

const acknowledgementOf = (event: string) => `${event}_acknowledgement`

function describeSocket(): Json {
  const messages: Json = {
    ...map(serverEvents, ({ summary, payload }, name) => message(name, summary, payload)),
    ...map<ClientEvent>(clientEvents, ({ summary, payload }, name) => message(name, summary, payload))
  }
  for (const [event, { acknowledgement }] of Object.entries<ClientEvent>(clientEvents)) {
    const name = acknowledgementOf(event)
    if (acknowledgement) messages[name] = message(name, `Argument of the callback of ${event}`, acknowledgement)
  }
  return {
    address: '/socket/io',
    title: 'Socket.IO',
    description:
      'Socket.IO 4 in the default namespace, over polling and WebSocket. Each message is an event: its name is the name of the event, its payload the only argument. An event with a null payload has no argument; an acknowledgement is the argument of the callback.',
    messages
  }
}

function describeStream({ summary, address, params, query, frames }: Stream): Json {
  const parameters = map(params?.properties ?? {}, ({ description, examples }) => ({ description, examples }))
  return {
    address,
    title: summary,
    description: 'A WebSocket on which the backend sends one JSON text per frame.',
    ...(params && { parameters }),
    messages: Object.fromEntries(
      frames.map((frame) => [nameOf(frame), message(nameOf(frame), frame.description, frame)])
    ),
    bindings: { ws: { method: 'GET', ...(query && { query: localize(query) }), bindingVersion: '0.1.0' } }
  }
}

/** The name of a frame is the value of its field `type`. */
const nameOf = (frame: TObject): string => String(frame.properties.type?.const)

function message(name: string, summary: string | undefined, payload: TSchema | undefined): Json {
  return { name, ...(summary && { summary }), payload: payload ? localize(payload) : { type: 'null' } }
}

function send(channel: string, summary: string, messages: string[]): Json {
  return { action: 'send', summary, ...messagesOf(channel, messages) }
}

function receive({ summary, answer, acknowledgement }: ClientEvent, name: string): Json {
  const answers = [...(answer ? [answer] : []), ...(acknowledgement ? [acknowledgementOf(name)] : [])]
  const reply = answers.length > 0 && { reply: messagesOf('socketIo', answers) }
  return { action: 'receive', summary, ...messagesOf('socketIo', [name]), ...reply }
}

function messagesOf(channel: string, names: string[]): Json {
  const $ref = `#/channels/${channel}`
  return { channel: { $ref }, messages: names.map((name) => ({ $ref: `${$ref}/messages/${name}` })) }
}

/** A schema as it appears in the document: without ids, and with references to the components of the document. */
function localize(schema: TSchema): Json {
  const text = JSON.stringify(schema, (key, value) => {
    if (key === '$id') return undefined
    return key === '$ref' ? `#/components/schemas/${value}` : value
  })
  return JSON.parse(text)
}

/** The named schemas that a part of the document refers to, directly or indirectly. */
function componentsOf(part: Json, found: Record<string, Json> = {}): Record<string, Json> {
  for (const [, name] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    const component = components.find(({ $id }) => $id === name)
    if (!component || !name || found[name]) continue
    found[name] = localize(component)
    componentsOf(found[name], found)
  }
  return found
}
