import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import websocket from '@fastify/websocket'
import type { FastifyInstance } from 'fastify'
import fastifySocketIO from 'fastify-socket.io'
import { Decoder } from 'socket.io-parser'
import { isClientError } from '../../src/http/client-errors.ts'
import { DeviceEncoder } from './encoder.ts'
import { createHandshakeCheck, createTokenCheck } from './handshake.ts'
import type { WriteBatches } from './write-batches.ts'

interface EngineSocket {
  once(event: 'close', listener: (reason: string) => void): void
}

const PATH = '/socket/io'
const MAX_MESSAGE_BYTES = 65_536
const CLOSE_TIMEOUT_MS = 1000
/** How long a client may take to show its token, while it takes the place of another. */
const CONNECT_TIMEOUT_MS = 10_000

/**
 * Lets Socket.IO and @fastify/websocket live on one server. Registered plainly they answer each other's upgrades: Socket.IO
 * then stays on polling for ever, and slow WebSocket handshakes are cut off. So WebSocket gets an emitter of its own with
 * every upgrade that is not Socket.IO's, and Socket.IO leaves foreign upgrades alone.
 */
export async function shareUpgrades(app: FastifyInstance, batches: WriteBatches): Promise<void> {
  const rest = createServer()
  app.server.on('upgrade', (request, socket, head) => {
    if (isEngine(request)) batches.add(socket)
    else rest.emit('upgrade', request, socket, head)
  })
  const wsOptions = { server: rest, maxPayload: MAX_MESSAGE_BYTES, closeTimeout: CLOSE_TIMEOUT_MS }
  await app.register(websocket, {
    options: wsOptions,
    errorHandler: (error, socket, request) => {
      if (isClientError(error)) app.clientErrors.count('websocket')
      else request.log.error({ err: error }, 'a stream failed')
      socket.terminate()
    }
  })

  // @fastify/websocket ends the socket of a handshake that its own hook has seen; one refused before that would stay open.
  app.addHook('onResponse', async (request) => {
    if (request.headers.upgrade !== undefined && !request.ws) request.raw.socket.destroy()
  })

  const [answerRest] = app.server.listeners('request') as RequestListener[]
  await app.register(fastifySocketIO.default, {
    path: PATH,
    addTrailingSlash: false,
    serveClient: false,
    destroyUpgrade: false,
    allowRequest: createHandshakeCheck(app),
    cors: { origin: app.access.corsOrigin },
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
    parser: { Encoder: DeviceEncoder, Decoder },
    connectTimeout: CONNECT_TIMEOUT_MS,
    // The package's own way of closing keeps a process with a polling client alive for 30 s, and clients do not return.
    preClose: (done) => {
      app.io.engine.close()
      done()
    }
  })
  app.io.use(createTokenCheck(app))
  countClientErrors(app)
  if (answerRest) leavePlainRequests(app, answerRest)
}

function countClientErrors({ clientErrors, io }: FastifyInstance): void {
  io.engine.on('connection_error', () => clientErrors.count('handshake'))
  io.engine.on('connection', (socket: EngineSocket) =>
    socket.once('close', (reason) => {
      if (reason === 'parse error' || reason === 'transport error') clientErrors.count('websocket')
    })
  )
}

/** `GET /socket/io` without an engine query is a route of ours: Socket.IO would answer it with an error. */
function leavePlainRequests(app: FastifyInstance, answerRest: RequestListener): void {
  const [answerEngine] = app.server.listeners('request') as RequestListener[]
  app.server.removeAllListeners('request')
  app.server.on('request', (request, response) =>
    isEngine(request) ? answerEngine?.(request, response) : answerRest(request, response)
  )
}

function isEngine({ url = '' }: IncomingMessage): boolean {
  return url.startsWith(PATH) && /^\/?\?(.*&)?EIO=/.test(url.slice(PATH.length))
}
