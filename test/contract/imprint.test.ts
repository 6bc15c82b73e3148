import t from 'tap'
import { until } from '../helper.ts'
import { collect, connect, listed, start, startImprinted, type Device, type Envelope, type Preset } from './helper.ts'

type Devices = Envelope<Device[]>

const macsIn = ({ body }: { body: Devices }) => body.data.map(({ mac }) => mac).sort()
const pool = { stratumURL: 'pool.example', stratumPort: 3333, stratumUser: 'me' }

t.test('P05 PUT /devices/imprint imprints exactly the MACs that it is given', async (t) => {
  const { send, macs } = await start(t, { devices: 3 })
  const [a, b, c] = macs
  await send('GET', '/devices/discover')
  for (const body of [{}, { macs: [] }, { macs: ['ee:0'] }, { macs: a }])
    t.equal((await send('PUT', '/devices/imprint', body)).status, 400, JSON.stringify(body))
  t.equal((await send('PUT', '/devices/imprint', { macs: ['aa:bb:cc:dd:ee:01'] })).status, 404)
  t.same((await send<Devices>('GET', '/devices/imprint')).body.data, [])
  t.same(macsIn(await send('PUT', '/devices/imprint', { macs: [a, 'aa:bb:cc:dd:ee:01'] })), [a])
  t.same(macsIn(await send('PUT', '/devices/imprint', { macs: [b] })), [b])
  t.same(macsIn(await send('PATCH', '/devices/imprint', { mac: c })), [...macs].sort())
  t.equal((await send('PATCH', '/devices/imprint', { mac: 'aa:bb:cc:dd:ee:01' })).status, 404)
})

t.test('P06 imprinting one device leaves the others untouched', async (t) => {
  const { send, macs } = await start(t, { devices: 2 }, { AUTO_LISTEN: false })
  const [a, b] = macs
  await send('GET', '/devices/discover')
  await send('PUT', '/devices/imprint', { macs: [a] })
  await send('PATCH', `/devices/imprint/${a}`, { device: { type: 'Kitchen' } })
  const before = await listed({ send }, a)
  await send('PATCH', '/devices/imprint', { mac: b })
  t.same(await listed({ send }, a), before)
})

t.test('GET /devices/imprint lists newest first, and searches in IP, MAC and hostname', async (t) => {
  const { send, fleet, macs } = await start(t, { devices: 3, hostnames: ['attic', 'cellar', 'garage'] })
  await send('GET', '/devices/discover')
  for (const mac of macs) {
    await send('PATCH', '/devices/imprint', { mac })
    const now = Date.now()
    await until('the clock has moved, so that one is newer than the other', () => Date.now() > now)
  }
  const found = async (q: string) => {
    const { body } = await send<Devices>('GET', `/devices/imprint?q=${encodeURIComponent(q)}`)
    return body.data.map(({ mac }) => mac)
  }
  const [a, b, c] = macs
  t.same(await found(''), [c, b, a])
  t.same(await found('ell'), [b])
  t.same(await found(fleet.miner(String(a)).ip), [a])
  t.same(await found(String(c).slice(-5)), [c])
  t.same(await found(String(c).slice(-5).toUpperCase().replace(':', '-')), [c])
  t.same(await found('nowhere at all'), [])
})

t.test('PATCH /devices/imprint/:id takes a whole device as it was listed, with one changed field', async (t) => {
  const { send, macs } = await startImprinted(t, { devices: 1 })
  const [mac] = macs
  const made = await send<Envelope<Preset>>('POST', '/presets', { name: 'p', configuration: pool })
  const { uuid } = made.body.data
  await until('it is traced', async () => (await listed({ send }, mac)).tracing)
  const edit = async (change: Partial<Device>) => {
    const device = { ...(await listed({ send }, mac)), ...change }
    return send<Envelope<Device>>('PATCH', `/devices/imprint/${mac}`, { device })
  }
  t.match(await edit({ presetUuid: uuid }), { status: 200, body: { data: { mac, presetUuid: uuid, tracing: true } } })
  t.match(await listed({ send }, mac), { presetUuid: uuid })
  t.match((await send<Devices>('GET', `/devices/presets/${uuid}`)).body.data, [{ mac }])
  t.match(await edit({ type: 'Kitchen' }), { body: { data: { type: 'Kitchen', presetUuid: uuid } } })
  t.match(await edit({ presetUuid: null }), { body: { data: { type: 'Kitchen', presetUuid: null } } })
  t.same((await send<Devices>('GET', `/devices/presets/${uuid}`)).body.data, [])
  const lies = { tracing: false, info: { hostname: 'a lie', hashRate: -1 }, createdAt: '2001-01-01T00:00:00.000Z' }
  t.equal((await edit(lies)).status, 200)
  const after = await listed({ send }, mac)
  t.not(after.info['hostname'], 'a lie')
  t.not(after.createdAt, lies.createdAt)
})

t.test('PATCH /devices/imprint/:id moves a device to another address', async (t) => {
  const { send, fleet, macs } = await startImprinted(t, { devices: 1 })
  const miner = fleet.miner(String(macs[0]))
  miner.move('127.0.1.77')
  const moved = await send('PATCH', `/devices/imprint/${miner.mac}`, { device: { ip: miner.address } })
  t.match(moved, { status: 200, body: { data: { ip: miner.address } } })
  await until('it answers there', async () => (await listed({ send }, miner.mac)).tracing)
})

t.test('P12 DELETE /devices/imprint/:id ends the monitoring before it answers, and for good', async (t) => {
  const { send, url, fleet, macs } = await startImprinted(t, { devices: 2 })
  const [gone, stays] = fleet.miners
  const socket = connect(t, url)
  const removed = collect(socket, 'device_removed')
  await until('both are traced', async () =>
    (await send<Devices>('GET', '/devices/imprint')).body.data.every((device) => device.tracing)
  )
  t.match(await send('PUT', '/devices/listen', { macs }), { status: 200 }, 'as the frontend does before')
  const deleted = await send('DELETE', `/devices/imprint/${gone?.mac}`)
  const requests = gone?.requests
  t.match(deleted, { status: 200, body: { message: String, data: { mac: gone?.mac, ip: gone?.address } } })
  t.equal((await send('GET', `/devices/imprint/${gone?.mac}`)).status, 404)
  t.equal((await send('DELETE', `/devices/imprint/${gone?.mac}`)).status, 404)
  await until('the removal is heard', () => removed[0])
  t.match(removed[0], { ipRemoved: gone?.address, macRemoved: gone?.mac, remainingIps: [stays?.address] })
  const polls = stays?.infoRequests ?? 0
  await until('the other is polled on', () => (stays?.infoRequests ?? 0) > polls + 4)
  t.equal(gone?.requests, requests)
  t.same(macsIn(await send('GET', '/devices/imprint')), [stays?.mac])
})
