import t, { type Test } from 'tap'
import type { FastifyInstance } from 'fastify'
import { WebSocket } from 'ws'
import type { BacklogLimits } from '../../../plugins/realtime/backlog.ts'
import { until, watchFleet } from '../../helper.ts'
import { collect, connect } from './helper.ts'

const MAX_QUEUED = 64

/** A busy fleet, and a bare Socket.IO client that can stop reading. */
async function watch(t: Test, stuckMs = 60_000, limits: Partial<BacklogLimits> = {}) {
  const { app, url } = await watchFleet(
    t,
    { devices: 20, profiles: ['v2.15.3'] },
    { POLL_INTERVAL_MS: 500 },
    { realtime: { limits: { maxQueued: MAX_QUEUED, stuckMs, ...limits } } }
  )
  const readings = [...app.deviceHub.snapshot()]
  /** Emits more events of all devices than the buffers of a client hold. */
  const flood = (rounds: number) => {
    for (let i = 0; i < rounds; i++)
      for (const { mac, reading } of readings)
        if (reading) app.bus.emit('device.polled', { mac, reading, durationMs: i })
  }
  const ws = new WebSocket(`${url.replace('http', 'ws')}/socket/io?EIO=4&transport=websocket`)
  const packets: string[] = []
  ws.on('message', (data) => {
    const packet = String(data)
    if (packet.startsWith('0')) ws.send('40')
    if (packet === '2') ws.send('3')
    packets.push(packet)
  })
  ws.on('error', () => undefined)
  t.teardown(() => ws.terminate())
  await until('it has joined', () => packets.some((packet) => packet.startsWith('42')))
  // From now on only the test emits events.
  await app.deviceHub.close()
  return { app, url, ws, packets, flood, closed: new Promise((resolve) => ws.once('close', resolve)) }
}

const isSlow = (app: FastifyInstance) => app.io.of('/').adapter.rooms.has('slow')

t.test('a client that stops reading gets the newest state of each device when it reads again', async (t) => {
  const { app, url, ws, packets, flood } = await watch(t)
  const healthy = connect(t, url)
  const stats = collect(healthy, 'stat_update')
  await until('the healthy one hears', () => {
    flood(1)
    return stats.length > 0
  })
  ws.pause()
  await until('the buffers of the system are full', () => {
    flood(1)
    return isSlow(app)
  })
  const before = stats.length
  flood(100)
  await until('the healthy one hears on', () => stats.length > before)
  const [dead] = app.devices.list()
  await app.devices.edit(dead?.mac ?? '', { type: 'the newest' })
  flood(1)
  const paused = packets.length
  ws.resume()
  await until('it keeps up again', () => !isSlow(app))
  const missed = () => packets.slice(paused).filter((packet) => packet.includes('stat_update'))
  await until('it has the newest', () => missed().some((packet) => packet.includes('the newest')))
  await until(
    'it has heard of all',
    () => new Set(missed().map((packet) => /"mac":"([^"]+)"/.exec(packet)?.[1])).size === app.devices.list().length
  )
  t.ok(missed().length < 20 * 100, 'and not of each time')
  const now = packets.length
  flood(1)
  await until('it is told the next news', () => packets.length >= now + app.devices.list().length)
})

t.test('the backlog of a client that does not read does not grow with the number of events', async (t) => {
  const { app, ws, flood } = await watch(t)
  const [socket] = [...app.io.of('/').sockets.values()]
  let queued = 0
  let most = 0
  socket?.conn.on('packetCreate', () => (most = Math.max(most, ++queued)))
  socket?.conn.on('drain', () => (queued = 0))
  ws.pause()
  await until('the buffers of the system are full', () => {
    flood(1)
    return isSlow(app)
  })
  flood(500)
  t.ok(most <= MAX_QUEUED + 1, `${most} messages were queued`)
})

t.test('P35 a client counts as slow by the length of its messages too, not only by their number', async (t) => {
  const { app, ws } = await watch(t, 60_000, { maxQueued: 1e6, maxQueuedChars: 500_000 })
  ws.pause()
  const [socket] = [...app.io.of('/').sockets.values()]
  await until('the buffers of the system are full', () => {
    socket?.emit('error', { text: 'x'.repeat(200_000) })
    return isSlow(app)
  })
  t.ok(isSlow(app))
})

t.test('a client that reads nothing for too long is disconnected', async (t) => {
  const { app, ws, closed, flood } = await watch(t, 100)
  ws.pause()
  await until('the buffers of the system are full', () => {
    flood(1)
    return isSlow(app)
  })
  await until('it is disconnected', () => app.io.of('/').sockets.size === 0)
  t.notOk(isSlow(app))
  ws.resume()
  await closed
})
