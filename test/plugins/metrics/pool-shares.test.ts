import t, { type Test } from 'tap'
import { aReading, buildMetrics, linesOf, MAC, OTHER_MAC } from './helper.ts'

/** A fleet whose polls are told one by one: device, pool, accepted and rejected shares as the miner counts them. */
async function sharesOf(t: Test) {
  const { bus, scrape } = await buildMetrics(t)
  return {
    bus,
    poll(mac: string, pool: string | null, sharesAccepted: number | null, sharesRejected: number | null = 0) {
      const reading = aReading({ sharesAccepted, sharesRejected }, { pool })
      bus.emit('device.polled', { mac, reading, durationMs: 20 })
    },
    async totals() {
      const lines = linesOf(await scrape(), 'pluto_pool_shares_total')
      return Object.fromEntries(
        lines.map((line) => {
          const [, pool, result, value] = /pool="(.*)",result="(.)\w+"} (.*)$/.exec(line) ?? []
          return [`${pool} ${result}`, Number(value)]
        })
      )
    }
  }
}

t.test('P27 the first reading of a device adds nothing: a restart of the service is no burst of shares', async (t) => {
  const { poll, totals } = await sharesOf(t)
  poll(MAC, 'a:1', 50_000, 12)
  t.same(await totals(), { 'a:1 a': 0, 'a:1 r': 0 })
  poll(MAC, 'a:1', 50_003, 13)
  t.same(await totals(), { 'a:1 a': 3, 'a:1 r': 1 })
})

t.test('P27 the counter of a pool never falls when a miner restarts', async (t) => {
  const { poll, totals } = await sharesOf(t)
  poll(MAC, 'a:1', 100)
  poll(MAC, 'a:1', 110)
  poll(MAC, 'a:1', 4)
  t.same(await totals(), { 'a:1 a': 14, 'a:1 r': 0 })
})

t.test('P27 shares go to the pool that a device works for, the former pool keeps its own', async (t) => {
  const { poll, totals } = await sharesOf(t)
  poll(MAC, 'a:1', 100)
  poll(MAC, 'a:1', 110)
  poll(MAC, 'b:2', 5)
  poll(MAC, 'b:2', 6)
  poll(MAC, 'a:1', 1)
  t.same(await totals(), { 'a:1 a': 11, 'a:1 r': 0, 'b:2 a': 6, 'b:2 r': 0 })
})

t.test('P27 shares of devices on one pool add up', async (t) => {
  const { poll, totals } = await sharesOf(t)
  for (const mac of [MAC, OTHER_MAC]) poll(mac, 'a:1', 10)
  for (const mac of [MAC, OTHER_MAC]) poll(mac, 'a:1', 12, 1)
  t.same(await totals(), { 'a:1 a': 4, 'a:1 r': 2 })
})

t.test(
  'P27 shares found while a device did not answer count when it is back, unless monitoring was stopped',
  async (t) => {
    const { bus, poll, totals } = await sharesOf(t)
    poll(MAC, 'a:1', 100)
    bus.emit('device.failed', { mac: MAC, error: new Error('offline'), durationMs: 10 })
    bus.emit('device.state', { mac: MAC, from: 'online', to: 'offline' })
    poll(MAC, 'a:1', 140)
    t.same(await totals(), { 'a:1 a': 40, 'a:1 r': 0 })
    bus.emit('device.unwatched', { mac: MAC, ip: '192.168.1.20', remaining: [] })
    poll(MAC, 'a:1', 900)
    t.same(await totals(), { 'a:1 a': 40, 'a:1 r': 0 })
  }
)

t.test('P33 missing and broken counts add nothing and are no restart', async (t) => {
  const { poll, totals } = await sharesOf(t)
  poll(MAC, 'a:1', 100)
  for (const broken of [null, NaN, Infinity]) poll(MAC, 'a:1', broken, broken)
  poll(MAC, null, 104)
  poll(MAC, 'a:1', 105)
  t.same(await totals(), { 'a:1 a': 5, 'a:1 r': 0 })
  poll(MAC, 'a:1', -7)
  t.same(await totals(), { 'a:1 a': 5, 'a:1 r': 0 })
})

t.test('P27 a device that names a new pool at each poll does not fill the memory', async (t) => {
  const { poll, totals } = await sharesOf(t)
  poll(OTHER_MAC, 'kept:1', 10)
  poll(OTHER_MAC, 'kept:1', 11)
  for (let i = 0; i < 5000; i++) poll(MAC, `pool:${i}`, 1)
  const pools = await totals()
  t.ok(Object.keys(pools).length < 250)
  t.equal(pools['kept:1 a'], 1)
})

t.test(
  'P43 a jump that no board can have found since its last reading adds nothing, and is no restart after',
  async (t) => {
    const { poll, totals } = await sharesOf(t)
    poll(MAC, 'a:1', 100)
    for (const jump of [1e15, 1e9, 1e8]) poll(MAC, 'a:1', jump, jump)
    poll(MAC, 'a:1', 103)
    t.same(await totals(), { 'a:1 a': 3, 'a:1 r': 0 })
  }
)
