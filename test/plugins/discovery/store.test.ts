import t from 'tap'
import { openStore } from '../../../plugins/db/store.ts'
import { discoveryApp, mac, minerAt } from './helper.ts'

t.test('what was found survives a restart', async (t) => {
  const DATA_DIR = t.testdir()
  const miner = await minerAt(t, '127.80.0.1', { macAddr: mac(1) })
  const { app, discovery } = await discoveryApp(t, { DATA_DIR })
  await discovery.discover({ ip: miner.address })
  await app.close()
  const store = await openStore(DATA_DIR)
  t.teardown(() => store.close())
  t.match(store.discovered.list(), { length: 1, 0: { mac: mac(1), ip: miner.address, type: 'Gamma', source: 'probe' } })
})

t.test('a miner that is found again keeps when it was first seen', async (t) => {
  const miner = await minerAt(t, '127.80.1.1', { macAddr: mac(1) })
  const { db, discovery } = await discoveryApp(t)
  const old = '2020-01-01T00:00:00.000Z'
  const row = { mac: mac(1), ip: '127.80.1.9', type: 'x', info: {}, source: 'sweep', firstSeen: old, lastSeen: old }
  await db.commit(() => [db.discovered.put(mac(1), row)])
  const [found] = await discovery.discover({ ip: miner.address })
  t.match(found, { firstSeen: old, ip: miner.address })
  t.ok(found && found.lastSeen > old)
  t.equal(db.discovered.size, 1)
})

t.test('P22 a miner whose address another one took is kept, and not taken to be there', async (t) => {
  const first = await minerAt(t, '127.80.2.1', { macAddr: mac(1) })
  const { db, discovery } = await discoveryApp(t)
  const old = '2020-01-01T00:00:00.000Z'
  const gone = { mac: mac(2), ip: first.address, type: 'x', info: {}, source: 'sweep', firstSeen: old, lastSeen: old }
  await db.commit(() => [db.discovered.put(mac(2), gone)])
  await discovery.discover({ ip: first.address })
  t.match(await discovery.discovered({ ips: first.address }), { length: 1, 0: { mac: mac(1) } })
  t.strictSame(await discovery.discovered({ macs: mac(2) }), [gone])
  t.equal(await discovery.locate(mac(2)), null)
})

t.test('a miner that answers at two addresses keeps the one that is known', async (t) => {
  const direct = await minerAt(t, '127.80.3.1', { macAddr: mac(1) })
  const forwarded = await minerAt(t, '127.80.3.2', { macAddr: mac(1) })
  const { db, discovery } = await discoveryApp(t, { DISCOVERY_NETWORKS: `${direct.address},${forwarded.address}` })
  await discovery.discover({ ip: forwarded.address })
  t.match(await discovery.discover({}), { length: 1, 0: { ip: forwarded.address } })
  await discovery.discover({ ip: direct.address })
  t.match(await discovery.discover({}), { length: 1, 0: { ip: direct.address } })
  t.equal(db.discovered.size, 1)
})
