import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import { until, watchFleet } from '../helper.ts'
import { collect, connect } from './realtime/helper.ts'

const LIMIT = 2 ** 20

/** A busy fleet whose live clients may hold 1 MiB together; from its start only the test emits events. */
async function watch(t: Test) {
  const { app, url } = await watchFleet(
    t,
    { devices: 10, profiles: ['v2.15.3'] },
    { MAX_UNSENT_BYTES: 2 * LIMIT },
    // Neither of the limits of a single client applies.
    { realtime: { limits: { maxQueued: 1e6, maxQueuedChars: 1e9, stuckMs: 60_000 } } }
  )
  const readings = [...app.deviceHub.snapshot()]
  await app.deviceHub.close()
  const flood = () => {
    for (const { mac, reading } of readings) if (reading) app.bus.emit('device.polled', { mac, reading, durationMs: 1 })
  }
  return { app, url, flood, port: Number(new URL(url).port) }
}

/** Bytes that connections and queues of live clients hold, read from the sockets themselves. */
const heldBy = ({ io }: FastifyInstance, sockets: Set<Socket>) => {
  const queues = [...io.of('/').sockets.values()].flatMap(({ conn }) => Reflect.get(conn, 'writeBuffer') as object[])
  const queued = queues.reduce((sum, packet) => sum + String(Reflect.get(packet, 'data') ?? '').length, 0)
  return [...sockets].reduce((sum, socket) => sum + socket.writableLength, queued)
}

function follow(app: FastifyInstance): Set<Socket> {
  const sockets = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}

async function joinUnread(t: Test, url: string): Promise<WebSocket> {
  const ws = new WebSocket(`${url.replace('http', 'ws')}/socket/io?EIO=4&transport=websocket`)
  t.teardown(() => ws.terminate())
  ws.on('error', () => undefined)
  let joined = false
  ws.on('message', (data) => {
    if (String(data).startsWith('0')) ws.send('40')
    if (String(data).startsWith('40')) joined = true
  })
  await until('it has joined', () => joined)
  ws.pause()
  return ws
}

async function poll(url: string, sid = '', body?: string): Promise<string> {
  const options = body === undefined ? {} : { method: 'POST', body, headers: { 'content-type': 'text/plain' } }
  return (await fetch(`${url}/socket/io?EIO=4&transport=polling${sid && `&sid=${sid}`}`, options)).text()
}

async function openPolling(url: string): Promise<string> {
  const { sid } = JSON.parse((await poll(url)).slice(1))
  await poll(url, sid, '40')
  await poll(url, sid)
  return sid
}

t.test('P35 clients of Socket.IO that read nothing are dropped before all of them hold too much', async (t) => {
  const { app, url, flood } = await watch(t)
  const sockets = follow(app)
  const healthy = connect(t, url)
  const stats = collect(healthy, 'stat_update')
  await until('the healthy one hears', () => (flood(), stats.length > 0))
  await Promise.all(Array.from({ length: 5 }, () => joinUnread(t, url)))
  await until('some are dropped', () => {
    flood()
    const held = heldBy(app, sockets)
    if (held > 1.5 * LIMIT) throw new Error(`${held} bytes are held`)
    return app.liveClients.dropped > 0
  })
  const before = stats.length
  await until('the healthy one hears on', () => (flood(), stats.length > before + 100))
  t.ok(healthy.connected)
  t.ok(app.liveClients.unsentBytes <= LIMIT)
})

t.test('P35 polling clients that never poll again are dropped as well', async (t) => {
  const { app, url, flood } = await watch(t)
  const sockets = follow(app)
  const stats = collect(connect(t, url), 'stat_update')
  for (let i = 0; i < 5; i++) await openPolling(url)
  await until('some are dropped', () => {
    flood()
    t.ok(heldBy(app, sockets) < 1.5 * LIMIT)
    return app.liveClients.dropped > 0
  })
  const before = stats.length
  await until('another client hears on', () => (flood(), stats.length > before + 100))
})

t.test('P35 answers to polls that nobody reads count as well', async (t) => {
  const { app, url, flood, port } = await watch(t)
  const sids = await Promise.all(Array.from({ length: 4 }, () => openPolling(url)))
  const tcp = await Promise.all(
    sids.map(async () => {
      const socket = connectTcp(port, '127.0.0.1')
      t.teardown(() => socket.destroy())
      socket.on('error', () => undefined)
      await once(socket, 'connect')
      return socket.pause()
    })
  )
  await until('some are dropped', () => {
    flood()
    for (const [i, sid] of sids.entries())
      tcp[i]?.write(`GET /socket/io?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
    t.ok(app.liveClients.unsentBytes < 1.5 * LIMIT)
    return app.liveClients.dropped > 0
  })
})

t.test('P35 viewers of logs that read nothing are dropped, and others read on', async (t) => {
  const { app, url } = await watch(t)
  const open = () => {
    const ws = new WebSocket(`${url.replace('http', 'ws')}/logs/stream`)
    t.teardown(() => ws.terminate())
    ws.on('error', () => undefined)
    return ws
  }
  const reader = open()
  let received = 0
  reader.on('message', () => received++)
  const viewers = Array.from({ length: 6 }, open)
  await Promise.all(viewers.map((ws) => once(ws, 'open')))
  for (const ws of viewers) ws.pause()
  await until('some are dropped', () => {
    // The buffers of the system take more than a fleet logs within a test.
    for (const client of app.websocketServer.clients)
      if (client.bufferedAmount < LIMIT) {
        client.send('x'.repeat(65_536))
        app.liveClients.queued(65_536)
      }
    return app.liveClients.dropped > 0
  })
  const before = received
  await until('the reader reads on', () => {
    for (const client of app.websocketServer.clients) client.send('y')
    return received > before
  })
})
