import t from 'tap'
import { until, watchFleet } from '../../helper.ts'
import { quickLogs } from '../logs/helper.ts'
import { collect, connect, subscribe } from './helper.ts'

const fleet = { devices: 3, profiles: ['v2.12.2', 'v2.15.3'], logLinesPerSecond: 50 }

t.test('a client that has subscribed only receives what it has subscribed to', async (t) => {
  const { url, fleet: simulated } = await watchFleet(t, fleet, {}, quickLogs)
  const [first, second, third] = simulated.miners.map(({ mac }) => mac)
  const [socket, other] = [connect(t, url), connect(t, url)]
  const [stats, lines] = [collect(socket, 'stat_update'), collect(socket, 'logs_update')]
  const all = collect(other, 'stat_update')
  t.same(await subscribe(socket, { macs: [first?.toUpperCase()], topics: ['stat'] }), { ok: true })
  t.same(await subscribe(socket, { macs: [second], topics: ['logs'] }), { ok: true })
  stats.length = 0
  await until('both have come', () => stats.length > 3 && lines.length > 3)
  t.ok(stats.every(({ mac }) => mac === first))
  t.ok(lines.every(({ mac }) => mac === second))
  t.same(
    simulated.miners.map((miner) => miner.logClients),
    [0, 1, 0]
  )
  await until('the other hears of all', () =>
    [first, second, third].every((mac) => all.some((stat) => stat.mac === mac))
  )

  t.same(await subscribe(socket, { macs: [first], topics: ['stat'] }, 'unsubscribe'), { ok: true })
  t.same(await subscribe(socket, { topics: ['logs', 'stat'], macs: [third] }), { ok: true })
  const [before, beforeAll] = [stats.length, all.length]
  await until('time has passed', () => all.length > beforeAll + 12 && lines.some(({ mac }) => mac === third))
  t.ok(stats.length > before && stats.slice(before).every(({ mac }) => mac === third))
})

t.test('a subscription without macs covers all devices, and stats include failures and removals', async (t) => {
  const { app, url, fleet: simulated } = await watchFleet(t, fleet)
  const [first, second] = simulated.miners
  const socket = connect(t, url)
  const [errors, removed] = [collect(socket, 'error'), collect(socket, 'device_removed')]
  await subscribe(socket, { topics: ['stat'] })
  first?.fault('http500')
  t.match(await until('a failure is told', () => errors[0]), { mac: first?.mac, tracing: false })
  await app.devices.remove(second?.mac ?? '')
  t.match(await until('the removal is told', () => removed[0]), { macRemoved: second?.mac })
  await subscribe(socket, { topics: ['stat'] }, 'unsubscribe')
  await subscribe(socket, { macs: [first?.mac], topics: ['stat'] })
  await app.devices.remove(first?.mac ?? '')
  t.match(await until('that removal is told', () => removed[1]), { macRemoved: first?.mac })
})

t.test('an invalid subscription is answered with the invalid field, and changes nothing', async (t) => {
  const { url, fleet: simulated } = await watchFleet(t, fleet)
  const mac = simulated.miners[0]?.mac ?? ''
  const socket = connect(t, url)
  const wrong: [unknown, RegExp][] = [
    [undefined, /^subscription/],
    ['stat', /^subscription/],
    [{}, /^topics/],
    [{ topics: [] }, /^topics/],
    [{ topics: ['stat', 'gossip'] }, /^topics\.1 must be "stat", "logs" or "operations"$/],
    [{ macs: ['all'], topics: ['stat'] }, /^macs\.0 must be a MAC address/],
    [{ macs: [mac, 5], topics: ['stat'] }, /^macs\.1/],
    [{ macs: [], topics: ['stat'] }, /^macs/],
    [{ macs: Array(1001).fill(mac), topics: ['stat'] }, /^macs/],
    [{ macs: [mac, '02:00:00:00:00:01'], topics: ['stat'] }, /^macs\.1 02:00:00:00:00:01 is not an imprinted device$/],
    [{ topics: ['stat'], more: 1 }, /^more/]
  ]
  for (const [subscription, error] of wrong) {
    t.match(await subscribe(socket, subscription), { ok: false, error }, JSON.stringify(subscription)?.slice(0, 80))
  }
  socket.emit('subscribe', { topics: ['gossip'] }, 'no callback')
  socket.emit('subscribe')
  const stats = collect(socket, 'stat_update')
  await until('it hears of all as before', () =>
    simulated.miners.every(({ mac }) => stats.some((stat) => stat.mac === mac))
  )
})

t.test('a subscription ends with its device, and no longer counts', async (t) => {
  const { app, url, fleet: simulated } = await watchFleet(t, fleet, {}, quickLogs)
  const macs = simulated.miners.map(({ mac }) => mac)
  const socket = connect(t, url)
  await subscribe(socket, { macs, topics: ['stat', 'logs'] })
  await until('all streams are open', () => simulated.miners.every((miner) => miner.logClients === 1))
  await app.devices.remove(macs[0] ?? '')
  await until('its stream is closed', () => simulated.miners[0]?.logClients === 0)
  const rooms = [...app.io.of('/').adapter.rooms.keys()]
  t.notOk(rooms.some((room) => room.includes(macs[0] ?? '')))
  socket.disconnect()
  await until('all streams are closed', () => simulated.miners.every((miner) => miner.logClients === 0))
})
