import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import Bonjour from 'bonjour-service'
import t, { type Test } from 'tap'
import { discoveryApp, mac, minerAt } from './helper.ts'

const LOOPBACK = '127.0.0.1'

/** Takes part in mDNS on loopback only, as the miners of a network do. */
async function responder(t: Test, port: number) {
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  socket.bind(port, '0.0.0.0')
  await once(socket, 'listening')
  socket.addMembership('224.0.0.251', LOOPBACK)
  socket.setMulticastInterface(LOOPBACK)
  const bonjour = new Bonjour({ port, ...{ socket, bind: false, multicast: false } })
  t.teardown(() => new Promise<void>((done) => bonjour.destroy(() => done())))
  return bonjour
}

t.test('a miner that announces itself is found, and other web servers get no request', async (t) => {
  const port = 5360
  const bonjour = await responder(t, port)
  const miner = await minerAt(t, LOOPBACK, { macAddr: mac(1) })
  const printer = await minerAt(t, LOOPBACK, { macAddr: mac(2) })
  const service = { type: 'http', probe: false, disableIPv6: true }
  bonjour.publish({ ...service, name: 'Printer', port: printer.port, host: 'printer.local' })
  bonjour.publish({
    ...service,
    name: 'Bitaxe Gamma 601 (69F8)',
    port: miner.port,
    host: 'bitaxe.local',
    subtypes: ['axeos'],
    txt: { board: '601', family: 'Gamma' }
  })
  const mdns = { interface: LOOPBACK, port, waitMs: 1000 }
  const { discovery } = await discoveryApp(t, { DISCOVERY_MDNS: true }, { mdns })
  t.match(await discovery.discover({}), { length: 1, 0: { mac: mac(1), ip: miner.address, source: 'mdns' } })
  t.strictSame(printer.requests, [])
})

t.test('P31 a miner that announces itself from outside of DEVICE_NETWORKS is not asked', async (t) => {
  const port = 5363
  const bonjour = await responder(t, port)
  const outside = await minerAt(t, LOOPBACK, { macAddr: mac(1) })
  bonjour.publish({
    name: 'Bitaxe',
    type: 'http',
    subtypes: ['axeos'],
    port: outside.port,
    host: 'bitaxe.local',
    probe: false,
    disableIPv6: true
  })
  const settings = { DISCOVERY_MDNS: true, DEVICE_NETWORKS: '127.78.8.0/24' }
  const { discovery } = await discoveryApp(t, settings, { mdns: { interface: LOOPBACK, port, waitMs: 500 } })
  t.strictSame(await discovery.discover({}), [])
  t.strictSame(outside.requests, [])
})

t.test('DISCOVERY_MDNS=false sends no query', async (t) => {
  const port = 5361
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  socket.bind(port, '0.0.0.0')
  await once(socket, 'listening')
  socket.addMembership('224.0.0.251', LOOPBACK)
  t.teardown(() => socket.close())
  const questions: unknown[] = []
  socket.on('message', (message) => questions.push(message))
  const mdns = { interface: LOOPBACK, port, waitMs: 50 }

  const off = await discoveryApp(t, { DISCOVERY_MDNS: false }, { mdns })
  await off.discovery.discover({})
  t.strictSame(questions, [])
  await off.app.close()

  const on = await discoveryApp(t, { DISCOVERY_MDNS: true }, { mdns })
  const [search] = await Promise.all([on.discovery.discover({}), once(socket, 'message')])
  t.strictSame(search, [])
})

t.test('a stop does not wait for announcements', async (t) => {
  const mdns = { interface: LOOPBACK, port: 5362, waitMs: 600_000 }
  const { app, discovery } = await discoveryApp(t, { DISCOVERY_MDNS: true }, { mdns })
  const search = t.rejects(discovery.discover({}), { statusCode: 503, code: 'PLUTO_CLOSING' })
  await app.close()
  await search
})
