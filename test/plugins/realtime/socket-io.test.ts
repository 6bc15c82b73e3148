import t, { type Test } from 'tap'
import { io, type Socket } from 'socket.io-client'
import { WebSocket } from 'ws'
import { build, serve, until, watchFleet } from '../../helper.ts'

type Options = { transports: ('polling' | 'websocket')[]; path: string }
const ways: Options[] = [
  { transports: ['websocket'], path: '/socket/io' },
  { transports: ['websocket'], path: '/socket/io/' },
  { transports: ['polling'], path: '/socket/io' },
  { transports: ['polling'], path: '/socket/io/' },
  { transports: ['polling', 'websocket'], path: '/socket/io' }
]

function connect(t: Test, url: string, options: Partial<Options> = {}) {
  const socket = io(url, {
    path: '/socket/io',
    transports: ['websocket'],
    addTrailingSlash: false,
    forceNew: true,
    ...options
  })
  t.teardown(() => void socket.disconnect())
  return socket
}

function collect(socket: Socket, event: string): Record<string, unknown>[] {
  const heard: Record<string, unknown>[] = []
  socket.on(event, (payload) => heard.push(payload))
  return heard
}

for (const way of ways) {
  t.test(`P29 a client over ${way.transports} at ${way.path} receives events without any previous call`, async (t) => {
    const { url, fleet } = await watchFleet(t, { devices: 1 })
    const socket = connect(t, url, way)
    const updates = collect(socket, 'stat_update')
    const update = await until('an update is heard', () => updates[0])
    t.match(update, { mac: fleet.miners[0]?.mac, tracing: true, info: { ASICModel: 'BM1370' } })
    const last = way.transports.at(-1)
    await until(`the transport is ${last}`, () => socket.io.engine.transport.name === last)
  })
}

t.test('P08 a failed poll sends an error with its reason, a removal the remaining addresses', async (t) => {
  const { url, fleet } = await watchFleet(t, { devices: 2 })
  const [dead, other] = fleet.miners
  const socket = connect(t, url)
  const [errors, removed] = [collect(socket, 'error'), collect(socket, 'device_removed')]
  dead?.fault('http500')
  t.match(await until('an error is heard', () => errors[0]), { mac: dead?.mac, tracing: false, error: /status 500/ })
  await fetch(`${url}/devices/imprint/${dead?.mac}`, { method: 'DELETE' })
  t.match(await until('the removal is heard', () => removed[0]), {
    ipRemoved: dead?.address,
    macRemoved: dead?.mac,
    remainingIps: [other?.address]
  })
})

t.test('a WebSocket route and Socket.IO share the server, even if the handshake is slow', async (t) => {
  const app = await build(t)
  const started = Promise.withResolvers<undefined>()
  const socketIoIsUp = Promise.withResolvers<undefined>()
  const preValidation = async () => {
    started.resolve(undefined)
    await socketIoIsUp.promise
  }
  app.get('/echo', { websocket: true, preValidation }, (socket) => {
    socket.on('message', (data: Buffer) => socket.send(data.toString()))
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const raw = new WebSocket(`${url.replace('http', 'ws')}/echo`)
  const opened = new Promise((resolve, reject) => raw.once('open', resolve).once('error', reject))
  await started.promise
  const socket = connect(t, url)
  await until('Socket.IO is connected', () => socket.connected)
  socketIoIsUp.resolve(undefined)
  await opened
  const echo = new Promise((resolve) => raw.once('message', (data) => resolve(String(data))))
  raw.send('still here')
  t.equal(await echo, 'still here')
  raw.close()
})

t.test('GET /socket/io without an engine query is answered as existing clients expect', async (t) => {
  const { url } = await serve(t)
  for (const path of ['/socket/io', '/socket/io/']) {
    const answer = await fetch(url + path)
    t.equal(answer.status, 200, path)
    t.same(await answer.json(), { message: 'Socket started listening to devices' })
  }
})

t.test('P30 closing disconnects clients without waiting for them, so that they reconnect by themselves', async (t) => {
  const { app, url } = await serve(t)
  const sockets = [connect(t, url), connect(t, url, { transports: ['polling'] })]
  await until('both are connected', () => sockets.every((socket) => socket.connected))
  const reasons = sockets.map((socket) => new Promise((resolve) => socket.once('disconnect', resolve)))
  await app.close()
  for (const reason of await Promise.all(reasons)) t.match(reason, /transport (close|error)/)
})
