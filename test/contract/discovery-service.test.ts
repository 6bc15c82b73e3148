import t, { type Test } from 'tap'
import type { SimulatorOptions } from '../../src/simulator/types.ts'
import { serve, simulate } from '../helper.ts'
import { client, FAILURE, type Device } from './helper.ts'

async function startBoth(t: Test, options: Partial<SimulatorOptions> = {}) {
  const fleet = await simulate(t, { devices: 2, profiles: ['gamma-601-v2.15.3'], controlPort: 0, ...options })
  const DISCOVERY_SERVICE_HOST = fleet.discoveryUrl ?? ''
  const { url } = await serve(t, { DISCOVERY_SERVICE_HOST, DISCOVERY_SERVICE_TIMEOUT_MS: 300, AUTO_LISTEN: false })
  return { fleet, macs: fleet.miners.map((miner) => miner.mac), send: client(url) }
}

const questions = [
  '/devices/discover',
  '/devices/discover?ip=127.0.1.1',
  '/devices/discovered',
  '/devices/discovered?macs=bc'
]

t.test('with an external discovery service, what it finds is found', async (t) => {
  const { fleet, macs, send } = await startBoth(t)
  const macsOf = async (path: string) => (await send<Device[]>('GET', path)).body.map(({ mac }) => mac).sort()
  const [miner] = fleet.miners
  t.same(await macsOf('/devices/discover'), [...macs].sort())
  t.same(await macsOf(`/devices/discover?ip=${miner?.address}`), [miner?.mac])
  t.same(await macsOf(`/devices/discover?mac=${miner?.mac}`), [miner?.mac])
  t.same(await macsOf('/devices/discovered'), [...macs].sort())
  t.same(await macsOf(`/devices/discovered?macs=${miner?.mac.slice(-5)}&partialMacs=left`), [miner?.mac])
  t.same(await macsOf(`/devices/discovered?macs=${miner?.mac.slice(-5)}&partialMacs=none`), [])
})

t.test('P05 imprinting asks the service exactly, so that a part of a MAC imprints nobody', async (t) => {
  const { macs, send } = await startBoth(t)
  t.match(await send('PUT', '/devices/imprint', { macs: [macs[1]] }), { status: 200, body: { data: { length: 1 } } })
  t.match(await send('PUT', '/devices/imprint', { macs: ['bc:dd'] }), { status: 400 })
  t.match(await send('GET', '/devices/imprint'), { body: { data: [{ mac: macs[1] }] } })
})

t.test('P04 a miner that the service calls "unknown" has the MAC that it tells itself', async (t) => {
  const { fleet, send } = await startBoth(t, { discovery: { delayMs: 0, down: false, unknownMac: true } })
  for (const { address, mac } of fleet.miners) {
    t.match(await send('GET', `/devices/discover?ip=${address}`), { status: 200, body: [{ mac }] })
  }
  t.match(await send('GET', '/devices/discovered?macs=unknown'), { status: 200, body: [] })
})

t.test('P04 a miner that tells no MAC has the one that was asked for with its address', async (t) => {
  const discovery = { delayMs: 0, down: false, unknownMac: true }
  const { fleet, send } = await startBoth(t, { profiles: ['ultra-204-v2.1.8'], discovery })
  const [miner] = fleet.miners
  const unidentified = await send<object>('GET', `/devices/discover?ip=${miner?.address}`)
  t.equal(unidentified.status, 422)
  t.match(unidentified.body, FAILURE)
  const { body } = await send('GET', `/devices/discover?ip=${miner?.address}&mac=${miner?.mac}`)
  t.match(body, [{ mac: miner?.mac, ip: miner?.address }])
})

t.test('a discovery service that fails is a 502', async (t) => {
  const { fleet, send } = await startBoth(t)
  fleet.setDiscovery({ down: true })
  for (const path of questions) {
    const { status, body } = await send<object>('GET', path)
    t.equal(status, 502, path)
    t.match(body, { ...FAILURE, statusCode: 502, error: 'Bad Gateway', message: /discovery service/ }, path)
  }
  fleet.setDiscovery({ down: false })
  for (const path of questions.slice(0, 1)) t.equal((await send('GET', path)).status, 200, path)
})

t.test('an unreachable discovery service is a 502', async (t) => {
  const { url } = await serve(t, { DISCOVERY_SERVICE_HOST: 'http://127.0.0.1:9' })
  for (const path of questions) t.equal((await client(url)('GET', path)).status, 502, path)
})

t.test('a discovery service that does not answer is a 504', async (t) => {
  const { fleet, send } = await startBoth(t)
  fleet.setDiscovery({ delayMs: 60_000 })
  const answers = await Promise.all(questions.map((path) => send<object>('GET', path)))
  for (const { status, body } of answers) {
    t.equal(status, 504)
    t.match(body, { ...FAILURE, statusCode: 504, error: 'Gateway Timeout', message: /discovery service/ })
  }
})
