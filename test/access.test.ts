import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import type { FastifyInstance } from 'fastify'
import { io, type Socket } from 'socket.io-client'
import { WebSocket } from 'ws'
import { clientEvents, serverEvents } from '../schemas/events.ts'
import {
  accessRows,
  describeAccess,
  PLACES,
  TOKENS,
  verdictOf,
  type Place,
  type Row,
  type Token
} from '../src/generate/access-table.ts'
import type { Config } from '../src/config.ts'
import { serve, until } from './helper.ts'

const SECRETS: Record<Token, string | null> = {
  none: null,
  wrong: 'wrong-wrong-wrong',
  read: 'fedcba9876543210',
  full: '0123456789abcdef'
}
const MAC = 'bc:dd:c2:00:00:01'
const NOWHERE: Partial<Config> = { DISCOVERY_NETWORKS: '127.0.0.1:1', RATE_LIMIT_DENIED: 1_000_000 }
const secured: Partial<Config> = { API_TOKEN: SECRETS.full ?? '', READ_TOKEN: SECRETS.read ?? '', ...NOWHERE }

function headersOf(token: Token, place: Place): Record<string, string> {
  const secret = SECRETS[token]
  return {
    host: place === 'name' ? 'rebound.example' : 'localhost:3000',
    origin:
      place === 'page' ? 'http://evil.example' : `http://${place === 'name' ? 'rebound.example' : 'localhost:3000'}`,
    ...(secret !== null && { authorization: `Bearer ${secret}` })
  }
}

const VERDICTS: Record<string, string> = {
  PLUTO_UNAUTHORIZED: '401',
  PLUTO_READ_ONLY_TOKEN: '403 read',
  PLUTO_ORIGIN_NOT_ALLOWED: '403 page',
  PLUTO_HOST_NOT_ALLOWED: '403 name'
}

/** What an answer says about access; one about too many requests or a missing route says nothing. */
function verdictOfResponse(status: number, body: string): string {
  const code = status >= 400 && body.startsWith('{') ? String(JSON.parse(body).code) : ''
  return VERDICTS[code] ?? (status === 429 || code === 'PLUTO_ROUTE_NOT_FOUND' ? `nothing: ${code}` : 'yes')
}

async function ask(app: FastifyInstance, { method, name }: Row, token: Token, place: Place): Promise<string> {
  const url = name.replaceAll(/\{\w+\}/g, MAC)
  const answer = await app.inject({ method: method as 'GET', url, headers: headersOf(token, place) })
  return verdictOfResponse(answer.statusCode, answer.body)
}

function upgrade(t: Test, url: string, { name }: Row, token: Token, place: Place): Promise<string> {
  const path = name.replaceAll(/\{\w+\}/g, MAC)
  const socket = new WebSocket(url.replace('http', 'ws') + path, { headers: headersOf(token, place) })
  t.teardown(() => socket.terminate())
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve('yes'))
    socket.on('unexpected-response', (_, response) => {
      text(response).then((body) => resolve(verdictOfResponse(response.statusCode ?? 0, body)), reject)
    })
    socket.on('error', reject)
  })
}

/** Each token at each place. */
const combinations = PLACES.flatMap((place) => TOKENS.map((token) => ({ place, token })))

t.test('docs/ACCESS.md lists the rules for every route, stream and event: otherwise run npm run access', async (t) => {
  const { app } = await serve(t, secured)
  const page = readFileSync(new URL('../docs/ACCESS.md', import.meta.url), 'utf8')
  t.equal(page, describeAccess(accessRows(app.swagger().paths ?? {})))
})

t.test('every route and every stream grants access as the rules say', async (t) => {
  const { app, url } = await serve(t, secured)
  const rows = accessRows(app.swagger().paths ?? {})
  t.ok(rows.filter(({ kind }) => kind === 'change').length >= 15)
  for (const row of rows.filter(({ kind }) => kind !== 'sent' && kind !== 'heard')) {
    const seen = await Promise.all(
      combinations.map(({ place, token }) =>
        row.kind === 'stream' ? upgrade(t, url, row, token, place) : ask(app, row, token, place)
      )
    )
    const expected = combinations.map(({ place, token }) => verdictOf(row, token, place))
    t.same(seen, expected, `${row.method} ${row.name}`)
  }
})

t.test('without tokens, every client has full access, but foreign pages and names are still refused', async (t) => {
  const { app } = await serve(t, NOWHERE)
  for (const row of accessRows(app.swagger().paths ?? {}).filter(({ kind }) => kind === 'read' || kind === 'change'))
    for (const place of PLACES)
      t.equal(await ask(app, row, 'none', place), verdictOf(row, 'full', place), `${row.method} ${row.name} ${place}`)
})

/** Why a handshake is refused; null if it is not. A client only learns the reason over polling. */
async function handshakeRefusal(url: string, token: Token, place: Place): Promise<string | null> {
  const request = get(`${url}/socket/io?EIO=4&transport=polling`, { headers: headersOf(token, place) })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const body = await text(response)
  if (response.statusCode === 200) return null
  return ['CORS_ORIGINS', 'ALLOWED_HOSTS'].find((setting) => body.includes(setting)) ?? body
}

/** Connects a Socket.IO client and records the verdict on its handshake and its events. */
function join(t: Test, url: string, token: Token, place: Place) {
  const socket: Socket = io(url, {
    path: '/socket/io',
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
    extraHeaders: headersOf(token, place)
  })
  t.teardown(() => void socket.disconnect())
  const heard: string[] = []
  socket.onAny((event: string) => heard.push(event))
  const received = new Promise<string>((resolve) => {
    socket.on('connect', () => resolve('yes'))
    socket.on('connect_error', ({ message }) => resolve(message.includes('Missing or unknown token') ? '401' : message))
  })
  const verdict = handshakeRefusal(url, token, place).then(async (refusal) => {
    if (refusal === null) return received
    t.equal(await received, 'websocket error')
    return refusal === 'CORS_ORIGINS' ? '403 page' : '403 name'
  })
  return { socket, heard, verdict, token, place }
}

t.test('every Socket.IO event is sent and received as the rules say', async (t) => {
  const { app, url } = await serve(t, secured)
  const rows = accessRows({}).filter(({ kind }) => kind === 'sent' || kind === 'heard')
  t.equal(rows.length, Object.keys(clientEvents).length + Object.keys(serverEvents).length)
  const clients = combinations.map(({ place, token }) => join(t, url, token, place))
  for (const { verdict, token, place } of clients)
    for (const row of rows) t.equal(await verdict, verdictOf(row, token, place), `${row.name} ${token} ${place}`)

  const admitted = clients.filter(({ socket }) => socket.connected)
  t.equal(app.io.of('/').sockets.size, admitted.length)
  for (const { socket } of admitted) {
    for (const [event, { answer, acknowledgement }] of Object.entries<{ answer?: string; acknowledgement?: unknown }>(
      clientEvents
    )) {
      if (acknowledgement) t.type((await socket.timeout(5000).emitWithAck(event, { topics: ['stat'] })).ok, 'boolean')
      if (!answer) continue
      const answered = new Promise((resolve) => socket.once(answer, resolve))
      socket.emit(event)
      t.type(await answered, 'boolean', event)
    }
  }
  for (const event of Object.keys(serverEvents)) app.io.emit(event, true)
  await until('the admitted clients receive every event', () =>
    admitted.every(({ heard }) => Object.keys(serverEvents).every((event) => heard.includes(event)))
  )
  t.ok(clients.every(({ socket, heard }) => socket.connected || heard.length === 0))
})
