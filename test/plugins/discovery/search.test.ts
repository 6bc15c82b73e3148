import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { until } from '../../helper.ts'
import { arpTable, directoryWith, discoveryApp, mac, minerAt } from './helper.ts'

/** Takes connections at each of the addresses and never answers; counts them. */
async function hangAt(t: Test, hosts: string[], port: number) {
  const sockets = new Set<Socket>()
  const seen = { open: 0, total: 0 }
  const servers = hosts.map((host) =>
    createServer((socket) => {
      sockets.add(socket)
      seen.open++
      seen.total++
      socket.on('error', () => undefined)
      socket.resume().once('close', () => {
        sockets.delete(socket)
        seen.open--
      })
    }).listen(port, host)
  )
  await Promise.all(servers.map((server) => once(server, 'listening')))
  t.teardown(() => {
    for (const server of servers) server.close()
    for (const socket of sockets) socket.destroy()
  })
  return seen
}

t.test('P28 a /24 with five miners and 249 hanging addresses is searched in parallel', async (t) => {
  const { port } = await minerAt(t, '127.77.0.10', { macAddr: mac(10) })
  for (const n of [60, 120, 180, 240]) await minerAt(t, `127.77.0.${n}`, { macAddr: mac(n) }, port)
  const others = Array.from({ length: 254 }, (_, n) => `127.77.0.${n + 1}`).filter(
    (host) => !/\.(10|60|120|180|240)$/.test(host)
  )
  const hanging = await hangAt(t, others, port)
  const { discovery, probes } = await discoveryApp(t, {
    DISCOVERY_NETWORKS: `127.77.0.0/24:${port}`,
    DISCOVERY_CONCURRENCY: 128
  })

  const rows = await discovery.discover({})
  t.strictSame(rows.map((row) => row.mac).sort(), [10, 60, 120, 180, 240].map(mac))
  t.equal(hanging.total, 249)
  t.match(probes, { total: 254, most: 128 }, 'each address was asked once, DISCOVERY_CONCURRENCY at a time: two rounds')
})

t.test('P28 a source that fails and garbage in the ARP table do not lose what the others find', async (t) => {
  const swept = await minerAt(t, '127.78.0.1', { macAddr: mac(1) })
  await minerAt(t, '127.78.0.2', { macAddr: mac(2) }, swept.port)
  const settings = directoryWith(t, `arp: no such device\n${arpTable({ '127.78.0.2': mac(2) })}`)
  const { discovery, logs } = await discoveryApp(
    t,
    { ...settings, DISCOVERY_NETWORKS: `127.78.0.1/32:${swept.port}`, DISCOVERY_MDNS: true },
    { mdns: { interface: '127.0.0.1.invalid', port: 5399, waitMs: 100 } }
  )
  const rows = (await discovery.discover({})).sort((a, b) => (a.mac < b.mac ? -1 : 1))
  t.match(rows, { length: 2, 0: { mac: mac(1), source: 'sweep' }, 1: { mac: mac(2), source: 'arp' } })
  t.match(
    logs.filter((line) => line['level'] === 40),
    [{ source: 'mdns on 127.0.0.1.invalid' }],
    'the failure is in the log'
  )
})

t.test('P33 addresses that answer with anything but a miner are left out', async (t) => {
  const miner = await minerAt(t, '127.78.1.1', { macAddr: mac(1) })
  await minerAt(t, '127.78.1.2', { macAddr: mac(2), ASICModel: undefined }, miner.port)
  const { discovery } = await discoveryApp(t, { DISCOVERY_NETWORKS: `127.78.1.0/30:${miner.port}` })
  t.match(await discovery.discover({}), { length: 1, 0: { mac: mac(1) } })
})

t.test('an address that several sources know is asked once, and named after the best of them', async (t) => {
  const miner = await minerAt(t, '127.78.2.1', { macAddr: mac(1) })
  const { discovery } = await discoveryApp(t, {
    ...directoryWith(t, arpTable({ '127.78.2.1': mac(1) })),
    DISCOVERY_NETWORKS: `127.78.2.0/30:${miner.port},127.78.2.1:${miner.port}`
  })
  t.match(await discovery.discover({}), { length: 1, 0: { source: 'arp', ip: miner.address } })
  t.equal(miner.requests.length, 1)
})

t.test('a second search everywhere joins the one that runs, and a later one is its own', async (t) => {
  const miner = await minerAt(t, '127.78.3.1', { macAddr: mac(1) })
  const { discovery } = await discoveryApp(t, { DISCOVERY_NETWORKS: `127.78.3.1/32:${miner.port}` })
  const [first, second] = await Promise.all([discovery.discover({}), discovery.discover({ ip: '', mac: '' })])
  t.match([first, second], [[{ mac: mac(1) }], [{ mac: mac(1) }]])
  t.equal(miner.requests.length, 1)
  await discovery.discover({})
  t.equal(miner.requests.length, 2)
})

t.test('P31 nothing outside of DEVICE_NETWORKS is asked, whichever source names it', async (t) => {
  const inside = await minerAt(t, '127.78.4.1', { macAddr: mac(1) })
  const outside = await minerAt(t, '127.78.5.1', { macAddr: mac(2) }, inside.port)
  const { discovery } = await discoveryApp(t, {
    ...directoryWith(t, arpTable({ '127.78.5.1': mac(2) })),
    DEVICE_NETWORKS: '127.78.4.0/24',
    DISCOVERY_NETWORKS: `127.78.4.1/32:${inside.port},127.78.5.0/30:${inside.port},127.78.5.1:${inside.port}`
  })
  t.match(await discovery.discover({}), { length: 1, 0: { mac: mac(1) } })
  t.strictSame(outside.requests, [])
})

t.test('P31 a given address is refused if it is invalid or outside DEVICE_NETWORKS', async (t) => {
  const { discovery } = await discoveryApp(t, { DEVICE_NETWORKS: '127.78.4.0/24' })
  for (const ip of ['127.0.0.1', '169.254.169.254']) {
    await t.rejects(discovery.discover({ ip }), { statusCode: 400, code: 'PLUTO_ADDRESS_NOT_ALLOWED' }, ip)
  }
  for (const ip of ['evil.example/x?', 'http://127.78.4.1', '127.78.4.1:99999', '0x7f.1', 'localhost']) {
    await t.rejects(discovery.discover({ ip }), { statusCode: 400, code: 'PLUTO_INVALID_ADDRESS' }, ip)
  }
})

t.test('a configured host name is looked up, and searched at its address', async (t) => {
  const miner = await minerAt(t, '127.0.0.1', { macAddr: mac(1) })
  const { discovery } = await discoveryApp(t, { DISCOVERY_NETWORKS: `localhost:${miner.port}` })
  t.match(await discovery.discover({}), { length: 1, 0: { mac: mac(1), ip: miner.address, source: 'sweep' } })
})

t.test('a search logs how many addresses it asks and how many miners it found', async (t) => {
  const miner = await minerAt(t, '127.78.6.1', { macAddr: mac(1) })
  const { discovery, logs } = await discoveryApp(t, { DISCOVERY_NETWORKS: `127.78.6.0/29:${miner.port}` })
  await discovery.discover({})
  t.match(logs, [
    { msg: 'discovery: search started' },
    { addresses: 6 },
    { msg: 'discovery: search finished', found: 1 }
  ])
})

t.test('a stop in the middle of a search ends its requests and stores nothing', async (t) => {
  const miner = await minerAt(t, '127.78.7.1', { macAddr: mac(1) })
  const hanging = await hangAt(t, ['127.78.7.2'], miner.port)
  const { app, db, discovery } = await discoveryApp(t, {
    DISCOVERY_NETWORKS: `127.78.7.0/30:${miner.port}`,
    DISCOVERY_TIMEOUT_MS: 60_000,
    POLL_TIMEOUT_MS: 60_000
  })
  const search = t.rejects(discovery.discover({}), { statusCode: 503, code: 'PLUTO_CLOSING' })
  await until('the hanging address is asked', () => hanging.open > 0)
  await app.close()
  await search
  t.equal(db.discovered.size, 0)
  await until('its connection is closed', () => hanging.open === 0)
})
