import t from 'tap'
import { arpTable, directoryWith, discoveryApp, mac, minerAt } from './helper.ts'

const AT_ONCE = { locateIntervalMs: 0 }
const NEVER_AGAIN = { locateIntervalMs: 600_000 }

t.test('P22 a miner is located by the ARP table first, without a search', async (t) => {
  const miner = await minerAt(t, '127.81.0.2', { macAddr: mac(1) })
  const elsewhere = await minerAt(t, '127.81.0.3', { macAddr: mac(3) }, miner.port)
  const { db, discovery } = await discoveryApp(t, {
    ...directoryWith(t, arpTable({ '127.81.0.2': mac(1) })),
    DISCOVERY_NETWORKS: `127.81.0.3/32:${miner.port}`
  })
  await db.commit(() => [db.discovered.put(mac(1), row(1, `127.81.0.9:${miner.port}`))])
  t.match(await discovery.locate('BC-DD-C2-00-00-01'), { mac: mac(1), ip: miner.address, source: 'arp' })
  t.match(db.discovered.get(mac(1)), { ip: miner.address })
  t.strictSame(elsewhere.requests, [])
})

t.test('P22 a miner is located where it was last seen, if it is the one that answers there', async (t) => {
  const miner = await minerAt(t, '127.81.1.1', { macAddr: mac(1) })
  const { db, discovery } = await discoveryApp(t, {}, AT_ONCE)
  await db.commit(() => [
    db.discovered.put(mac(1), row(1, miner.address)),
    db.discovered.put(mac(2), row(2, miner.address))
  ])
  t.match(await discovery.locate(mac(1)), { mac: mac(1), ip: miner.address, source: 'probe' })
  t.equal(await discovery.locate(mac(2)), null)
})

t.test('P22 a miner that moved is located by a search', async (t) => {
  const miner = await minerAt(t, '127.81.2.2', { macAddr: mac(1) })
  const { db, discovery } = await discoveryApp(t, { DISCOVERY_NETWORKS: `127.81.2.0/30:${miner.port}` })
  await db.commit(() => [db.discovered.put(mac(1), row(1, `127.81.2.1:${miner.port}`))])
  t.match(await discovery.locate(mac(1)), { mac: mac(1), ip: miner.address, source: 'sweep' })
})

t.test('all who wait for a miner share one search', async (t) => {
  const one = await minerAt(t, '127.81.3.1', { macAddr: mac(1) })
  const two = await minerAt(t, '127.81.3.2', { macAddr: mac(2) }, one.port)
  const { discovery } = await discoveryApp(t, { DISCOVERY_NETWORKS: `127.81.3.0/30:${one.port}` }, NEVER_AGAIN)
  const located = await Promise.all([1, 2, 1, 99].map((n) => discovery.locate(mac(n))))
  t.match(located, [{ mac: mac(1) }, { mac: mac(2) }, { mac: mac(1) }, null])
  t.equal(one.requests.length + two.requests.length, 2)
})

t.test('a dead fleet does not cause a second search before its time', async (t) => {
  const miner = await minerAt(t, '127.81.4.1', { macAddr: mac(1) })
  const { app, discovery } = await discoveryApp(t, { DISCOVERY_NETWORKS: `127.81.4.1/32:${miner.port}` }, NEVER_AGAIN)
  t.equal(await discovery.locate(mac(90)), null)
  t.equal(miner.requests.length, 1)
  const waiting = [discovery.locate(mac(91)), discovery.locate(mac(92))]
  t.match(await discovery.discover({ mac: mac(1) }), [{ mac: mac(1) }], 'while somebody who asks is served at once')
  t.equal(miner.requests.length, 2, 'by the row of the first search')
  await app.close()
  t.strictSame(await Promise.all(waiting), [null, null], 'a stop lets go of those who wait')
  t.equal(miner.requests.length, 2)
})

t.test('who waits for the next search gets it when its time has come', async (t) => {
  const miner = await minerAt(t, '127.81.5.1', { macAddr: mac(1) })
  const { discovery } = await discoveryApp(
    t,
    { DISCOVERY_NETWORKS: `127.81.5.1/32:${miner.port}` },
    { locateIntervalMs: 50 }
  )
  t.equal(await discovery.locate(mac(90)), null)
  t.strictSame(await Promise.all([discovery.locate(mac(91)), discovery.locate(mac(92))]), [null, null])
  t.equal(miner.requests.length, 2)
})

t.test('locating never throws, and answers null for what is no MAC', async (t) => {
  const miner = await minerAt(t, '127.81.6.1', { macAddr: mac(1) })
  const { app, db, discovery } = await discoveryApp(t, { DISCOVERY_NETWORKS: miner.address }, AT_ONCE)
  t.equal(await discovery.locate('unknown'), null)
  t.strictSame(miner.requests, [])
  await db.close()
  t.equal(await discovery.locate(mac(1)), null)
  t.equal(miner.requests.length, 1)
  await app.close().catch(() => undefined)
  t.equal(await discovery.locate(mac(1)), null)
})

function row(n: number, ip: string) {
  const seen = '2020-01-01T00:00:00.000Z'
  return { mac: mac(n), ip, type: 'Gamma', info: {}, source: 'sweep', firstSeen: seen, lastSeen: seen }
}
