import t from 'tap'
import { until } from '../helper.ts'
import { collect, connect, startImprinted, type Device, type Envelope } from './helper.ts'

type Devices = Envelope<Device[]>

t.test('PUT /devices/listen makes the monitored devices exactly those', async (t) => {
  const { send, url, fleet, macs } = await startImprinted(t, { devices: 3 }, { AUTO_LISTEN: false })
  const removed = collect<{ macRemoved: string }>(connect(t, url), 'device_removed')
  const traced = async () => {
    const { body } = await send<Devices>('GET', '/devices/imprint')
    return body.data.filter((device) => device.tracing).map(({ mac }) => mac)
  }
  const [a, b, c] = macs
  t.same(await traced(), [], 'nothing is monitored by itself')
  for (const wanted of [[a, b], [b, c], [], macs]) {
    const answer = await send<Devices>('PUT', '/devices/listen', { macs: wanted })
    t.equal(answer.status, 200)
    t.same(answer.body.data.map(({ mac }) => mac).sort(), [...wanted].sort())
    await until('they are traced, and no others', async () => {
      const now = await traced()
      return now.length === wanted.length && wanted.every((mac) => now.includes(String(mac)))
    })
  }
  t.ok(fleet.miners.every((miner) => miner.infoRequests > 0))
  await until('each that left was told of', () => removed.length === 3)
  t.same(removed.map(({ macRemoved }) => macRemoved).sort(), [a, b, c].sort())
})

t.test(
  'P16 PUT /devices/listen with traceLogs opens log streams, also of devices that are polled already',
  async (t) => {
    const { send, fleet, macs } = await startImprinted(t, { devices: 1 })
    await send('PUT', '/devices/listen', { macs })
    t.equal(fleet.miners[0]?.logClients, 0)
    t.equal((await send('PUT', '/devices/listen', { macs, traceLogs: true })).status, 200)
    await until('its log is open', () => fleet.miners[0]?.logClients === 1)
    t.equal((await send('DELETE', `/devices/imprint/${macs[0]}`)).status, 200)
    await until('its log is closed', () => fleet.miners[0]?.logClients === 0)
  }
)
