import t from 'tap'
import { arpTable, directoryWith, discoveryApp, mac, minerAt } from './helper.ts'

const UNTOLD = { macAddr: undefined }

t.test('P04 a miner found by its address is stored under the MAC that it reports', async (t) => {
  const one = await minerAt(t, '127.79.0.1', { macAddr: 'BC:DD:C2:00:00:01' })
  const two = await minerAt(t, '127.79.0.2', { macAddr: 'BC-DD-C2-00-00-02' })
  const { db, discovery } = await discoveryApp(t, directoryWith(t, arpTable({ '127.79.0.1': mac(9) })))
  t.match(await discovery.discover({ ip: one.address }), {
    length: 1,
    0: { mac: mac(1), ip: one.address, source: 'probe' }
  })
  t.match(await discovery.discover({ ip: two.address }), { length: 1, 0: { mac: mac(2) } })
  t.strictSame(
    db.discovered.list().map((row) => row.mac),
    [mac(1), mac(2)]
  )
})

t.test('P04 a miner that does not report its MAC is stored under the one of the ARP table', async (t) => {
  const miner = await minerAt(t, '127.79.1.1', UNTOLD)
  const { discovery } = await discoveryApp(t, {
    ...directoryWith(t, arpTable({ '127.79.1.1': mac(7) })),
    DISCOVERY_NETWORKS: `127.79.1.1/32:${miner.port}`
  })
  t.match(await discovery.discover({ ip: miner.address }), { length: 1, 0: { mac: mac(7) } })
  t.match(await discovery.discover({}), { length: 1, 0: { mac: mac(7) } })
})

t.test('P04 the MAC that a miner reports takes precedence over the ARP table', async (t) => {
  const telling = await minerAt(t, '127.79.8.1', { macAddr: mac(1) })
  const silent = await minerAt(t, '127.79.8.2', UNTOLD)
  const { discovery } = await discoveryApp(t, {
    ...directoryWith(t, arpTable({ '127.79.8.1': mac(8), '127.79.8.2': mac(9) })),
    DISCOVERY_NETWORKS: `${telling.address},${silent.address}`
  })
  const rows = await discovery.discover({})
  t.strictSame(rows.map((row) => row.mac).sort(), [mac(1), mac(9)])
})

t.test('P04 a miner that nothing identifies is refused, unless its MAC is given', async (t) => {
  const miner = await minerAt(t, '127.79.2.1', { macAddr: 'unknown' })
  const { db, discovery, logs } = await discoveryApp(t, { DISCOVERY_NETWORKS: `127.79.2.1/32:${miner.port}` })

  await t.rejects(discovery.discover({ ip: miner.address }), { statusCode: 422, code: 'PLUTO_IDENTITY_UNKNOWN' })
  t.strictSame(await discovery.discover({}), [], 'a search leaves it out')
  t.match(
    logs.filter((line) => Array.isArray(line['some'])),
    [{ count: 1, some: [miner.address] }],
    'and says so'
  )
  t.equal(db.discovered.size, 0)
  t.match(await discovery.discover({ ip: miner.address, mac: 'BC-DD-C2-00-00-03' }), { length: 1, 0: { mac: mac(3) } })
})

t.test('P04 one entry of the ARP table does not identify two miners behind one address', async (t) => {
  const one = await minerAt(t, '127.79.3.1', UNTOLD)
  const two = await minerAt(t, '127.79.3.1', UNTOLD)
  const { discovery } = await discoveryApp(t, {
    ...directoryWith(t, arpTable({ '127.79.3.1': mac(1) })),
    DISCOVERY_NETWORKS: `${one.address},${two.address}`
  })
  t.strictSame(await discovery.discover({}), [], 'in a search')
  t.match(await discovery.discover({ ip: one.address }), [{ mac: mac(1) }])
  await t.rejects(discovery.discover({ ip: two.address }), { code: 'PLUTO_IDENTITY_UNKNOWN' }, 'one after the other')
  t.match(await discovery.discover({ mac: mac(1) }), [{ ip: one.address }], 'the first is not overwritten')
})

t.test('P04 the MAC that a miner reports takes precedence over the requested one', async (t) => {
  const miner = await minerAt(t, '127.79.4.1', { macAddr: mac(1) })
  const { db, discovery } = await discoveryApp(t)
  t.strictSame(await discovery.discover({ ip: miner.address, mac: mac(2) }), [])
  t.strictSame(
    db.discovered.list().map((row) => row.mac),
    [mac(1)]
  )
  t.match(await discovery.discover({ ip: miner.address, mac: mac(1).toUpperCase() }), { length: 1, 0: { mac: mac(1) } })
})

t.test('P05 an invalid MAC finds nothing instead of everything', async (t) => {
  const miner = await minerAt(t, '127.79.5.1', { macAddr: mac(1) })
  const { discovery } = await discoveryApp(t, { DISCOVERY_NETWORKS: `127.79.5.1/32:${miner.port}` })
  for (const text of ['unknown', 'ee:0', '00:00:00:00:00:00'])
    t.strictSame(await discovery.discover({ mac: text }), [], text)
  t.strictSame(miner.requests, [])
})

t.test('P19 no password reaches the store or the answer', async (t) => {
  const miner = await minerAt(t, '127.79.6.1', { macAddr: mac(1), stratumPassword: 'hunter2', wifiPass: 'hunter2' })
  const { db, discovery } = await discoveryApp(t)
  t.notMatch(JSON.stringify(await discovery.discover({ ip: miner.address })), 'hunter2')
  t.notMatch(JSON.stringify(db.discovered.list()), 'hunter2')
})

t.test('an address where no miner answers is an empty answer', async (t) => {
  const { discovery } = await discoveryApp(t)
  t.strictSame(await discovery.discover({ ip: '127.79.7.1:9' }), [])
})
