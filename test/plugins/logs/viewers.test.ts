import t, { type Test } from 'tap'
import type { LogEntry } from '../../../schemas/log.ts'
import type { SimulatorOptions } from '../../../src/simulator/types.ts'
import { until, watchFleet } from '../../helper.ts'
import { isUnbroken, quickLogs, refusal, view } from './helper.ts'

async function watch(t: Test, options: Partial<SimulatorOptions> = {}, config = {}) {
  const watched = await watchFleet(
    t,
    { devices: 2, profiles: ['v2.12.2', 'v2.15.3'], logLinesPerSecond: 200, ...options },
    config,
    quickLogs
  )
  const [first, second] = watched.fleet.miners
  if (!first) throw new Error('the fleet is empty')
  return { ...watched, first, second, stream: `/devices/${first.mac}/logs/stream` }
}

t.test('a hundred viewers of one miner are one connection to it, and all see the same', async (t) => {
  const { url, first, stream } = await watch(t, { logLinesPerSecond: 20 })
  const viewers = Array.from({ length: 100 }, () => view(t, url, stream))
  await until('all have seen lines', () => viewers.every(({ seqs }) => (seqs.get(first.mac)?.length ?? 0) > 5))
  t.equal(first.logClients, 1)
  const last = viewers[0]?.seqs.get(first.mac)?.at(-1) ?? 0
  await until('all have seen that one', () => viewers.every(({ seqs }) => (seqs.get(first.mac)?.at(-1) ?? 0) >= last))
  for (const { seqs, lines } of viewers) {
    t.ok(isUnbroken(seqs.get(first.mac) ?? []))
    const same = (entry: LogEntry) => entry.seq === last
    t.same(lines().find(same), viewers[0]?.lines().find(same))
  }
})

t.test('a stream sends the state of its device, and each line with its parsed fields', async (t) => {
  const { url, first, stream } = await watch(t)
  const viewer = view(t, url, stream)
  await until('lines come', () => viewer.lines().length > 0)
  t.same(viewer.states().slice(-2), ['connecting', 'open'])
  t.match(viewer.lines()[0], { mac: first.mac, seq: 1, receivedAt: /^\d{4}-.*Z$/, message: String, raw: String })
})

t.test('without macs a stream has every monitored device, including those added later', async (t) => {
  const { app, url, fleet } = await watch(t, { devices: 3 })
  const macs = fleet.miners.map(({ mac }) => mac)
  await app.devices.remove(macs[2] ?? '')
  const viewer = view(t, url)
  await until('lines of both come', () => macs.slice(0, 2).every((mac) => viewer.lines(mac).length > 5))
  await app.devices.imprint([macs[2] ?? ''])
  await until('lines of the third come', () => viewer.lines(macs[2]).length > 5)
  const one = view(t, url, `/logs/stream?macs=${macs[1]?.toUpperCase().replaceAll(':', '-')}`)
  await until('lines of the one come', () => one.lines().length > 5)
  t.ok(one.lines().every(({ mac }) => mac === macs[1]))
})

t.test('level, tag and q select lines, and a line must meet all of them', async (t) => {
  const { url, stream } = await watch(t)
  const warnings = view(t, url, `${stream}?level=W`)
  const pool = view(t, url, `${stream}?tag=stratum_task,stratum_api&q=MINING.SUBMIT`)
  await until('some come', () => warnings.lines().length > 3 && pool.lines().length > 1)
  t.same([...new Set(warnings.lines().map(({ level }) => level))].sort(), ['E', 'W'])
  t.ok(pool.lines().every(({ tag, raw }) => tag === 'stratum_api' && raw.includes('mining.submit')))
})

t.test('a viewer that comes back with `after` has lost no line and gets none twice', async (t) => {
  const { url, stream, first } = await watch(t)
  const keeper = view(t, url, stream)
  const seqs: number[] = []
  for (let round = 0; round < 5; round++) {
    const after = seqs.at(-1)
    const viewer = view(t, url, after === undefined ? stream : `/logs/stream?after=${first.mac}:${after}`)
    await until('lines come', () => viewer.lines(first.mac).length > 20)
    viewer.ws.terminate()
    await viewer.closed
    t.same(viewer.of('gap'), [])
    seqs.push(...viewer.lines(first.mac).map(({ seq }) => seq))
    await until('lines came meanwhile', () => (keeper.lines().at(-1)?.seq ?? 0) > (seqs.at(-1) ?? 0) + 5)
  }
  t.ok(isUnbroken(seqs), String(seqs))
})

t.test('lines that are no longer in the buffer are a gap that says how many, and which', async (t) => {
  const { url, stream, first } = await watch(t, {}, { LOG_BUFFER_LINES: 20 })
  const keeper = view(t, url, stream)
  await until('many lines have come', () => keeper.lines().length > 60)
  const late = view(t, url, `${stream}?after=3`)
  await until('lines come', () => late.lines().length > 0)
  const [gap] = late.of('gap')
  const next = late.lines()[0]?.seq ?? 0
  t.same(gap, { type: 'gap', mac: first.mac, missed: next - 4, from: 4, to: next - 1 })
  t.ok(next > 40)
})

t.test('a number that the service has not reached means that it has restarted', async (t) => {
  const { url, stream, first } = await watch(t)
  const keeper = view(t, url, stream)
  await until('lines have come', () => keeper.lines().length > 5)
  const late = view(t, url, `${stream}?after=999999`)
  await until('lines come', () => late.lines().length > 5)
  t.same(late.of('gap'), [{ type: 'gap', mac: first.mac, missed: null, from: null, to: null }])
  t.equal(late.lines()[0]?.seq, 1)
})

t.test('P11 removing a device ends its streams with the reason, and no connection to it is opened again', async (t) => {
  const { url, first, second, stream } = await watch(t)
  const own = view(t, url, stream)
  const all = view(t, url)
  await until('lines come', () => own.lines().length > 0 && all.lines(second?.mac).length > 0)
  t.equal((await fetch(`${url}/devices/imprint/${first.mac}`, { method: 'DELETE' })).status, 200)
  t.same(await own.closed, { code: 1000, reason: 'the device was removed' })
  t.same(own.of('end'), [{ type: 'end', mac: first.mac, reason: 'the device was removed' }])
  await until('the miner has no client', () => first.logClients === 0)
  const requests = first.requests
  const before = all.lines(second?.mac).length
  await until('the other goes on', () => all.lines(second?.mac).length > before + 100)
  t.equal(first.requests, requests)
  t.match(all.of('end'), [{ mac: first.mac }])
  t.equal((await refusal(t, url, stream)).status, 404)
})

t.test('a device that is no longer monitored has no open stream', async (t) => {
  const { url, first, stream } = await watch(t)
  const viewer = view(t, url, stream)
  await until('lines come', () => viewer.lines().length > 0)
  const headers = { 'content-type': 'application/json' }
  await fetch(`${url}/devices/listen`, { method: 'PUT', headers, body: '{"macs":[]}' })
  await until('the viewer is told', () => viewer.reasons().includes('the device is not monitored'))
  await until('the miner has no client', () => first.logClients === 0)
  await fetch(`${url}/devices/listen`, { method: 'PUT', headers, body: JSON.stringify({ macs: [first.mac] }) })
  const before = viewer.lines().length
  await until('lines come again', () => viewer.lines().length > before)
})

t.test('a wrong query is refused like any other request, before the handshake', async (t) => {
  const { url, stream } = await watch(t)
  const wrong = {
    [`${stream}?level=loud`]: /querystring\.level/,
    [`${stream}?after=-1`]: /querystring\.after/,
    [`${stream}?q=`]: /querystring\.q/,
    '/logs/stream?macs=all': /querystring\.macs/,
    '/logs/stream?after=7': /querystring\.after/,
    '/devices/nobody/logs/stream': /params\.id/
  }
  for (const [path, message] of Object.entries(wrong)) {
    const { status, body } = await refusal(t, url, path)
    t.equal(status, 400, path)
    t.match(JSON.parse(body), { code: 'PLUTO_INVALID_REQUEST', message })
  }
  const stranger = await refusal(t, url, '/logs/stream?macs=02:00:00:00:00:01')
  t.match([stranger.status, stranger.body], [404, /PLUTO_DEVICE_NOT_FOUND/])
  t.equal((await fetch(url + stream)).status, 426)
})

t.test('a viewer that answers no ping is dropped', async (t) => {
  const { app, url, stream } = await watch(t)
  const dead = view(t, url, stream)
  const alive = view(t, url, stream)
  await until('both have lines', () => dead.lines().length > 0 && alive.lines().length > 0)
  dead.ws.pause()
  await until('one is left', () => app.websocketServer.clients.size === 1)
  dead.ws.resume()
  t.equal((await dead.closed).code, 1006)
  const before = alive.lines().length
  await until('the other goes on', () => alive.lines().length > before)
})

t.test('when the service stops, viewers are told, and connections to miners are closed cleanly', async (t) => {
  const { app, url, first, stream } = await watch(t)
  const viewer = view(t, url, stream)
  await until('lines come', () => viewer.lines().length > 0)
  await app.close()
  t.same(await viewer.closed, { code: 1001, reason: 'the service is stopping' })
  await until('the miner has no client', () => first.logClients === 0)
})
