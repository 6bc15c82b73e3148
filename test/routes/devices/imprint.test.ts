import t from 'tap'
import { build, reach, simulate, watchFleet } from '../../helper.ts'

const json = { 'content-type': 'application/json' }

t.test('P05 only exact and valid MACs imprint', async (t) => {
  const { app, fleet } = await watchFleet(t, { devices: 2 }, { AUTO_LISTEN: false })
  for (const { mac } of fleet.miners) await app.devices.remove(mac)
  const [mac = ''] = fleet.miners.map((miner) => miner.mac)
  const bodies = [
    '{}',
    '{"macs":[]}',
    '{"macs":["ee:0"]}',
    '{"macs":[""]}',
    '{"macs":"*"}',
    '{"macs":[null]}',
    'null',
    '[]'
  ]
  for (const payload of [...bodies, `{"macs":["${mac.slice(0, 8)}"]}`, `{"macs":["${mac}"],"all":true}`]) {
    const answer = await app.inject({ method: 'PUT', url: '/devices/imprint', headers: json, payload })
    t.equal(answer.statusCode, 400, payload)
    t.match(answer.json(), { statusCode: 400, error: 'Bad Request', message: /^body/, code: 'PLUTO_INVALID_REQUEST' })
  }
  t.equal(app.db.imprinted.size, 0)
})

t.test('a MAC in any case and with either separator names the same device', async (t) => {
  const { app, fleet } = await watchFleet(t, { devices: 1 }, { AUTO_LISTEN: false })
  const [mac = ''] = fleet.miners.map((miner) => miner.mac)
  for (const id of [mac, mac.toUpperCase(), mac.replaceAll(':', '-')]) {
    const answer = await app.inject(`/devices/imprint/${id}`)
    t.equal(answer.json().data.mac, mac)
  }
})

t.test('P06 imprinting one device leaves all others as they are', async (t) => {
  const { app, fleet } = await watchFleet(t, { devices: 2 }, { AUTO_LISTEN: false })
  const [a, b] = fleet.miners.map((miner) => miner.mac) as [string, string]
  await app.devices.remove(b)
  await app.devices.edit(a, { ip: '127.0.1.88:9', type: 'mine' })
  const before = app.devices.require(a)
  const answer = await app.inject({ method: 'PATCH', url: '/devices/imprint', payload: { mac: b } })
  t.equal(answer.statusCode, 200)
  t.same(
    answer
      .json()
      .data.map((device: { mac: string }) => device.mac)
      .sort(),
    [a, b].sort()
  )
  t.same(app.devices.require(a), before)
})

t.test('imprinting again keeps what the user chose', async (t) => {
  const { app, fleet } = await watchFleet(t, { devices: 1 }, { AUTO_LISTEN: false })
  const [mac = ''] = fleet.miners.map((miner) => miner.mac)
  await app.devices.edit(mac, { type: 'mine' })
  const { createdAt } = app.devices.require(mac)
  const answer = await app.inject({
    method: 'PUT',
    url: '/devices/imprint',
    payload: { macs: [mac, mac.toUpperCase()] }
  })
  t.match(answer.json().data, [{ mac, type: 'mine', createdAt }])
  t.equal(answer.json().data.length, 1)
})

t.test('a MAC that discovery never saw is a 404 that says what to do', async (t) => {
  const app = await build(t)
  for (const method of ['PUT', 'PATCH'] as const) {
    const payload = method === 'PUT' ? { macs: ['02:00:00:00:00:01'] } : { mac: '02:00:00:00:00:01' }
    const answer = await app.inject({ method, url: '/devices/imprint', payload })
    t.equal(answer.statusCode, 404)
    t.match(answer.json(), {
      code: 'PLUTO_DEVICE_NOT_DISCOVERED',
      message: /02:00:00:00:00:01.*GET \/devices\/discover/
    })
  }
})

t.test('P14 fifty parallel imprints on a cold start are all there', async (t) => {
  const DATA_DIR = t.testdir()
  const fleet = await simulate(t, { devices: 50, profiles: ['gamma-601-v2.1'] })
  const app = await build(t, { ...reach(fleet), DATA_DIR, AUTO_LISTEN: false })
  await app.discovery.discover({})
  const answers = await Promise.all(
    fleet.miners.map(({ mac }) => app.inject({ method: 'PATCH', url: '/devices/imprint', payload: { mac } }))
  )
  t.ok(answers.every((answer) => answer.statusCode === 200))
  await app.close()
  const again = await build(t, { DATA_DIR, AUTO_LISTEN: false })
  t.same(
    again.devices
      .list()
      .map((device) => device.mac)
      .sort(),
    fleet.miners.map((miner) => miner.mac).sort()
  )
})

t.test('P26 an unknown device is a 404 on every route that takes one', async (t) => {
  const app = await build(t)
  const url = '/devices/imprint/02:00:00:00:00:01'
  for (const method of ['GET', 'PATCH', 'DELETE'] as const) {
    const answer = await app.inject({ method, url, ...(method === 'PATCH' && { payload: { device: {} } }) })
    t.equal(answer.statusCode, 404, method)
    t.match(answer.json(), { code: 'PLUTO_DEVICE_NOT_FOUND', error: 'Not Found', requestId: /\w/ })
  }
  t.equal((await app.inject('/devices/imprint/nonsense')).statusCode, 400)
})

t.test('the list carries the choices of frequency and voltage, newest first, narrowed by q', async (t) => {
  const { app, fleet } = await watchFleet(t, { devices: 3, hostnames: ['one', 'two', 'three'] })
  const [first] = fleet.miners
  const all = (await app.inject('/devices/imprint')).json().data
  t.equal(all.length, 3)
  t.match(all[0].info.frequencyOptions, [{ label: String, value: Number }])
  t.match(JSON.stringify(all[0].info.coreVoltageOptions), / \(default\)"/)
  const dates = all.map((device: { createdAt: string }) => device.createdAt)
  t.same(dates, [...dates].sort().reverse())
  for (const q of [first?.mac.slice(9), first?.ip, first?.hostname.toUpperCase()]) {
    const found = (await app.inject(`/devices/imprint?q=${q}`)).json().data
    t.same(
      found.map((device: { mac: string }) => device.mac),
      [first?.mac]
    )
  }
})

t.test('a device that a client sends back whole changes nothing but what a user may edit', async (t) => {
  const { app, fleet } = await watchFleet(t, { devices: 1 })
  const [mac = ''] = fleet.miners.map((miner) => miner.mac)
  const configuration = { stratumURL: 'pool.example', stratumPort: 3333, stratumUser: 'w' }
  const { uuid: presetUuid } = await app.presets.create({ name: 'mine', configuration })
  const device = {
    ...app.devices.require(mac),
    presetUuid,
    createdAt: '1999-01-01T00:00:00.000Z',
    mac: '02:00:00:00:00:01'
  }
  const answer = await app.inject({ method: 'PATCH', url: `/devices/imprint/${mac}`, payload: { device } })
  t.match(answer.json().data, { mac, presetUuid })
  t.not(answer.json().data.createdAt, device.createdAt)
  t.match((await app.inject(`/devices/presets/${presetUuid}`)).json().data, [{ mac }])
  const released = await app.inject({
    method: 'PATCH',
    url: `/devices/imprint/${mac}`,
    payload: { device: { presetUuid: null } }
  })
  t.equal(released.json().data.presetUuid, null)
})
