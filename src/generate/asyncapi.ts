import type { TObject, TSchema } from '@sinclair/typebox'
import { components } from '../../schemas/components.ts'
import { clientEvents, serverEvents, streams, type ClientEvent, type Stream } from '../../schemas/events.ts'
import packageJson from '../../package.json' with { type: 'json' }

type Json = Record<string, unknown>

const token = {
  type: 'http',
  scheme: 'bearer',
  description:
    'A token of `API_TOKEN` or `READ_TOKEN`, in the `Authorization` header of the handshake; Socket.IO clients may send it as `auth.token` instead. Without either setting, no token is required'
}

/**
 * Builds the AsyncAPI 3.0 document of what OpenAPI cannot describe: the Socket.IO events in both directions and the
 * WebSocket streams. It uses the schemas that type and validate them.
 */
export function describeEvents(): Json {
  const document = {
    asyncapi: '3.0.0',
    info: {
      title: 'Pluto backend: live events',
      version: packageJson.version,
      description:
        'The live events of the backend: Socket.IO events and WebSocket streams. The REST API is described in `docs/openapi.json`.',
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

/** Maps the values of a record. With `word`, prefixes its names. */
function map<T>(
  record: Record<string, T>,
  change: (value: T, name: string) => Json,
  word?: string
): Record<string, Json> {
  const entries = Object.entries(record)
  return Object.fromEntries(entries.map(([name, value]) => [word ? `${word}_${name}` : name, change(value, name)]))
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
      'Socket.IO 4 in the default namespace, over polling and WebSocket. Each message is an event: the name of the message is the name of the event, and its payload is the only argument. An event with a null payload has no argument. An acknowledgement is the argument of the callback.',
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

/** Converts a schema for the document: references point to its components, and `$id` is removed because it would be a base URI. */
function localize(schema: TSchema): Json {
  const text = JSON.stringify(schema, (key, value) => {
    if (key === '$id') return undefined
    return key === '$ref' ? `#/components/schemas/${value}` : value
  })
  return JSON.parse(text)
}

/** Collects the named schemas that a part of the document refers to, transitively. */
function componentsOf(part: Json, found: Record<string, Json> = {}): Record<string, Json> {
  for (const [, name] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    const component = components.find(({ $id }) => $id === name)
    if (!component || !name || found[name]) continue
    found[name] = localize(component)
    componentsOf(found[name], found)
  }
  return found
}
