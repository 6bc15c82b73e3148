import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createNetServer, type AddressInfo, type Server, type Socket } from 'node:net'
import Fastify from 'fastify'
import type { Test } from 'tap'
import axeosPlugin, { type AxeosOptions } from '../../../plugins/axeos/index.ts'
import { loadConfig } from '../../../src/config.ts'

const FIXTURES = new URL('../../fixtures/', import.meta.url)

/** A fresh parse of a captured answer. */
export function fixture(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL(name, FIXTURES), 'utf8'))
}

/** Every captured `GET /api/system/info`, by file name. */
export const INFOS = readdirSync(new URL('info/', FIXTURES)).sort()

export const GAMMA = 'info/bitaxe-gamma-601-v2.15.3.json'
const GAMMA_BODY = JSON.stringify(fixture(GAMMA))

/** The answer of a healthy miner, as it goes over the wire. */
export const GAMMA_ANSWER = [
  'HTTP/1.1 200 OK',
  'Content-Type: application/json',
  `Content-Length: ${Buffer.byteLength(GAMMA_BODY)}`,
  '',
  GAMMA_BODY
].join('\r\n')

/** An instance with only this plugin, which may connect to loopback. */
export async function startAxeos(t: Test, env: Record<string, string> = {}, options: AxeosOptions = {}) {
  const app = Fastify()
  app.decorate('config', loadConfig({ DEVICE_NETWORKS: '127.0.0.0/8', ...env }))
  await app.register(axeosPlugin, options)
  t.teardown(() => app.close())
  return app
}

async function listen(t: Test, server: Server, at = 0) {
  const sockets = new Set<Socket>()
  let connections = 0
  server.on('connection', (socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('error', () => {})
  })
  await new Promise<void>((listening) => server.listen(at, '127.0.0.1', listening))
  t.teardown(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const { port } = server.address() as AddressInfo
  const close = () => new Promise((closed) => server.close(closed))
  return { text: `127.0.0.1:${port}`, connections: () => connections, close }
}

/** A device with an HTTP server, and the requests that it received. */
export async function httpDevice(t: Test, answer: RequestListener) {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    answer(request, response)
  })
  return { requests, ...(await listen(t, server)) }
}

/** A device that answers each request with this body. */
export function answering(t: Test, body: string, status = 200) {
  return httpDevice(t, (_request, response) => response.writeHead(status).end(body))
}

/** A device that handles raw chunks; `requests` counts them over all connections. */
export async function rawDevice(
  t: Test,
  onData: (socket: Socket, request: number, text: string) => void,
  port?: number
) {
  let requests = 0
  const server = createNetServer((socket) =>
    socket.on('data', (chunk) => onData(socket, (requests += 1), chunk.toString()))
  )
  return { requests: () => requests, ...(await listen(t, server, port)) }
}
