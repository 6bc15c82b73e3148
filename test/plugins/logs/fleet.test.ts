import { readdirSync } from 'node:fs'
import t from 'tap'
import { until, watchFleet } from '../../helper.ts'
import { isUnbroken, view } from './helper.ts'

const MAX_BUFFERED_BYTES = 262_144

t.test('a viewer that never reads is dropped, the others miss nothing, and the memory is free again', async (t) => {
  const { app, url, fleet } = await watchFleet(
    t,
    { devices: 200, profiles: ['v2.12.2'], logLinesPerSecond: 20 },
    { POLL_INTERVAL_MS: 5000 },
    { logs: { times: { lingerMs: 50 }, limits: { maxBufferedBytes: MAX_BUFFERED_BYTES } } }
  )
  const macs = fleet.miners.map(({ mac }) => mac)
  const readers = Array.from({ length: 4 }, () => view(t, url))
  const stuck = view(t, url)
  await until('all streams are open', () => readers.every(({ seqs }) => seqs.size === macs.length), 60_000)
  t.equal(fleet.counters().logClients, 200)

  stuck.ws.pause()
  let most = 0
  const server = [...app.websocketServer.clients]
  const closing = await until(
    'the one that does not read is being dropped',
    () => {
      most = Math.max(most, ...server.map((client) => client.bufferedAmount))
      return server.find((client) => client.readyState === client.CLOSING)
    },
    60_000
  )
  stuck.ws.resume()
  t.match(await stuck.closed, { code: 1013, reason: /^too slow/ })
  t.ok(most < 2 * MAX_BUFFERED_BYTES, `${most} bytes were waiting at most`)
  for (const seqs of stuck.seqs.values()) t.ok(isUnbroken(seqs))

  const last = new Map([...(readers[0]?.seqs ?? [])].map(([mac, seqs]) => [mac, seqs.at(-1) ?? 0]))
  for (const { seqs, of } of readers) {
    const has = ([mac, seq]: [string, number]) => (seqs.get(mac)?.at(-1) ?? 0) >= seq
    await until('it has caught up', () => [...last].every(has))
    t.same(of('gap'), [])
    for (const numbers of seqs.values()) t.ok(isUnbroken(numbers))
  }
  t.equal(closing.bufferedAmount, 0)
  for (const { ws } of readers) ws.close()
  await until('no miner has a client', () => fleet.counters().logClients === 0)
  t.equal(app.websocketServer.clients.size, 0)
})

const isLinux = process.platform === 'linux'

t.test(
  'P18 P34 log lines leak no descriptor, and no more of them are kept than there is room for',
  { skip: !isLinux },
  async (t) => {
    const openFiles = () => readdirSync('/proc/self/fd').length
    const { app, fleet } = await watchFleet(
      t,
      { devices: 20, profiles: ['v2.12.2'], logLinesPerSecond: 100 },
      { LOG_BUFFER_LINES: 50 }
    )
    const release = app.logs.keepAllOpen()
    const newest = () => fleet.miners.map(({ mac }) => app.logs.read(mac, { limit: 1, filter: {} })[0]?.seq ?? 0)
    await until('all miners are heard', () => newest().every((seq) => seq > 0))
    const before = openFiles()
    await until('all of them have sent two hundred lines', () => newest().every((seq) => seq > 200))
    t.ok(openFiles() <= before + 2, `${before} descriptors before, ${openFiles()} after`)
    for (const { mac } of fleet.miners) t.equal(app.logs.read(mac, { limit: 1000, filter: {} }).length, 50)
    release()
  }
)
