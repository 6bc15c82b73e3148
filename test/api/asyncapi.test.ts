import { readFileSync } from 'node:fs'
import specification from '@asyncapi/specs/schemas/3.0.0.json' with { type: 'json' }
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { io } from 'socket.io-client'
import t from 'tap'
import { WebSocket } from 'ws'
import { parse } from 'yaml'
import { describeEvents } from '../../src/generate/asyncapi.ts'
import { formats } from '../../src/http/validation.ts'
import { until, watchFleet } from '../helper.ts'

type Json = Record<string, unknown>
interface Message {
  name: string
  payload: object
}
interface Document {
  channels: Record<string, { address: string; messages: Record<string, Message> }>
  operations: Record<string, Operation>
}
interface Operation {
  action: string
  channel: { $ref: string }
  messages: { $ref: string }[]
  reply?: Operation
}

const document = parse(readFileSync(new URL('../../docs/asyncapi.yaml', import.meta.url), 'utf8')) as Document

/** Resolves a reference of the document. */
const follow = ($ref: string) =>
  $ref
    .slice(2)
    .split('/')
    .reduce<unknown>((value, key) => (value as Json | undefined)?.[key], document)

t.test('docs/asyncapi.yaml is generated from the schemas: otherwise run npm run asyncapi', async (t) => {
  t.same(document, JSON.parse(JSON.stringify(describeEvents())))
})

t.test('docs/asyncapi.yaml is valid AsyncAPI 3.0', async (t) => {
  const ajv = new Ajv({ strict: false, meta: false, validateSchema: false })
  addFormats.default(ajv)
  const isValid = ajv.compile(specification)
  t.ok(isValid(document), ajv.errorsText(isValid.errors))
  t.notOk(isValid({ ...document, channels: { socketIo: { messages: 1 } } }))
})

t.test('every reference of docs/asyncapi.yaml resolves, and operations stay within their channel', async (t) => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, $ref = '']) => $ref)
  t.ok(references.length > 10)
  for (const $ref of references) t.type(follow($ref), 'object', $ref)
  for (const [name, operation] of Object.entries(document.operations))
    for (const { channel, messages } of [operation, operation.reply ?? operation])
      for (const { $ref } of messages) t.ok($ref.startsWith(`${channel.$ref}/messages/`), `${name}: ${$ref}`)
})

const ajv = new Ajv({ strict: false, formats })
addFormats.default(ajv)
ajv.addSchema({ $id: 'asyncapi', ...document })

/** Returns what is wrong with a payload; null when it is as documented. */
function check(channel: string, name: string, payload: unknown): string | null {
  if (!document.channels[channel]?.messages[name]) return `${name} is not documented`
  const isValid = ajv.compile({ $ref: `asyncapi#/channels/${channel}/messages/${name}/payload` })
  return isValid(payload) ? null : `${name}: ${ajv.errorsText(isValid.errors)}`
}

const operationsOf = (action: string, channel: string) =>
  Object.values(document.operations)
    .filter((operation) => operation.action === action && operation.channel.$ref === `#/channels/${channel}`)
    .flatMap(({ messages }) => messages.map(({ $ref }) => $ref.split('/').at(-1) ?? ''))

t.test('every Socket.IO event and acknowledgement is as documented', async (t) => {
  const { url, fleet } = await watchFleet(t, { devices: 3, logLinesPerSecond: 20 })
  const [failing, removed, paused] = fleet.miners
  const socket = io(url, { path: '/socket/io', transports: ['websocket'] })
  t.teardown(() => void socket.disconnect())
  const heard = new Set<string>()
  const problems: (string | null)[] = []
  socket.onAny((event: string, payload: unknown) => {
    heard.add(event)
    problems.push(check('socketIo', event, payload))
  })
  const topics = ['stat', 'logs', 'operations']
  const sent = {
    enableLogsListening: null,
    checkLogsListening: null,
    disableLogsListening: null,
    subscribe: { topics },
    unsubscribe: { topics: ['logs'], macs: [removed?.mac] }
  }
  t.same(Object.keys(sent).sort(), operationsOf('receive', 'socketIo').sort())
  for (const [event, payload] of Object.entries(sent)) {
    t.equal(check('socketIo', event, payload), null)
    if (payload === null) socket.emit(event)
    else
      for (const given of [payload, { topics: [] }])
        t.equal(check('socketIo', `${event}_acknowledgement`, await socket.emitWithAck(event, given)), null)
  }
  failing?.fault('http500')
  await until('a log line, a failed poll and the switch were received', () =>
    ['logs_update', 'error', 'logsListeningStatus'].every((event) => heard.has(event))
  )
  await fetch(`${url}/devices/imprint/${removed?.mac}`, { method: 'DELETE' })
  await fetch(`${url}/devices/bulk`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ macs: [paused?.mac], action: 'restart' })
  })
  const documented = operationsOf('send', 'socketIo')
  await until('every documented event was received', () => documented.every((event) => heard.has(event)))
  t.same(
    problems.filter((problem) => problem !== null),
    []
  )
})

t.test('every stream sends what is documented, until the device is removed', async (t) => {
  const { url, fleet } = await watchFleet(t, { devices: 1, logLinesPerSecond: 20 })
  const [miner] = fleet.miners
  const streams = Object.entries(document.channels).filter(([name]) => name !== 'socketIo')
  const frames = streams.map(([channel, { address }]) => {
    const path = address.replace('{id}', miner?.mac ?? '')
    const socket = new WebSocket(`${url.replace('http', 'ws')}${path}?macs=${miner?.mac}`)
    t.teardown(() => socket.terminate())
    const heard: { type: string }[] = []
    socket.on('message', (data) => heard.push(JSON.parse(String(data))))
    return { channel, heard }
  })
  const everywhere = (type: string) => frames.every(({ heard }) => heard.some((frame) => frame.type === type))
  await until('each has sent a line', () => everywhere('log'))
  await fetch(`${url}/devices/imprint/${miner?.mac}`, { method: 'DELETE' })
  await until('each has announced its end', () => everywhere('end'))
  for (const { channel, heard } of frames)
    for (const frame of heard) t.equal(check(channel, frame.type, frame), null, JSON.stringify(frame))
})

t.test('every route that upgrades to a WebSocket is a stream of the document', async (t) => {
  const openapi = JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'))
  const upgrading = Object.entries<Record<string, { responses: Json }>>(openapi.paths)
    .filter(([, operations]) => operations.get && '426' in operations.get.responses)
    .map(([path]) => path)
  const addresses = Object.values(document.channels).map(({ address }) => address)
  t.same([...upgrading, '/socket/io'].sort(), addresses.sort())
})
