import t from 'tap'
import { build, until, watchFleet } from '../../helper.ts'

// Each of these waits more than it works.
t.jobs = 4

const json = { 'content-type': 'application/json' }

t.test(
  'P10 a device that is deleted during its poll is asked nothing more, and nothing of it is written',
  async (t) => {
    const { app, url, fleet } = await watchFleet(t, { devices: 2 })
    const [slow, other] = fleet.miners
    slow?.fault('slow', { ms: 600 })
    const asked = slow?.infoRequests ?? 0
    await until('a slow poll is under way', () => (slow?.infoRequests ?? 0) > asked)
    const answer = await fetch(`${url}/devices/imprint/${slow?.mac}`, { method: 'DELETE' })
    t.equal(answer.status, 200)
    const requests = slow?.requests
    const heard: string[] = []
    for (const event of ['device.polled', 'device.failed', 'device.state'] as const) {
      app.bus.on(event, ({ mac }) => heard.push(mac))
    }
    const before = other?.infoRequests ?? 0
    await until('the other one is polled six times', () => (other?.infoRequests ?? 0) >= before + 6)
    t.equal(slow?.requests, requests)
    t.notOk(heard.includes(slow?.mac ?? ''))
    t.same(await app.db.readTelemetry([slow?.mac ?? '']), [undefined])
  }
)

t.test('P10 a poll that is waited for ends at once when its device is deleted', async (t) => {
  const { app, url, fleet } = await watchFleet(t, { devices: 1 }, { POLL_TIMEOUT_MS: 60_000 })
  const [miner] = fleet.miners
  await new Promise<void>((resolve) => app.bus.on('device.polled', () => resolve()))
  miner?.fault('hang')
  const asked = miner?.infoRequests ?? 0
  await until('a poll is under way', () => (miner?.infoRequests ?? 0) > asked)
  const signal = AbortSignal.timeout(15_000)
  t.equal((await fetch(`${url}/devices/imprint/${miner?.mac}`, { method: 'DELETE', signal })).status, 200)
  await until('its connection is closed', () => miner?.connections === 0)
})

t.test('P12 a deleted device does not come back, not even after a restart, until it is imprinted again', async (t) => {
  const DATA_DIR = t.testdir()
  const { app, url, fleet } = await watchFleet(t, { devices: 2 }, { DATA_DIR })
  const [gone, other] = fleet.miners.map((miner) => miner.mac)
  await fetch(`${url}/devices/imprint/${gone}`, { method: 'DELETE' })
  const before = fleet.miner(other ?? '').infoRequests
  await until('the other one is polled six times', () => fleet.miner(other ?? '').infoRequests >= before + 6)
  t.equal((await fetch(`${url}/devices/imprint/${gone}`)).status, 404)
  await app.close()

  const again = await build(t, { DATA_DIR })
  t.same(
    again.devices.list().map((device) => device.mac),
    [other]
  )
  await again.devices.imprint([gone ?? ''])
  t.equal(again.devices.list().length, 2)
})

t.test('P12 an edit that arrives while its device is being deleted does not bring it back', async (t) => {
  const { app, url, fleet } = await watchFleet(t, { devices: 1 })
  const mac = fleet.miners[0]?.mac ?? ''
  const deleting = app.devices.remove(mac)
  await t.rejects(app.devices.edit(mac, { type: 'garage' }), { code: 'PLUTO_DEVICE_NOT_FOUND' })
  await deleting
  t.equal((await fetch(`${url}/devices/imprint/${mac}`)).status, 404)
})

t.test('P13 an edit made during a slow poll survives the poll', async (t) => {
  const { app, url, fleet } = await watchFleet(t, { devices: 1 })
  const [miner] = fleet.miners
  miner?.fault('slow', { ms: 400 })
  const asked = miner?.infoRequests ?? 0
  await until('a slow poll is under way', () => (miner?.infoRequests ?? 0) > asked)
  const answer = await fetch(`${url}/devices/imprint/${miner?.mac}`, {
    method: 'PATCH',
    headers: json,
    body: JSON.stringify({ device: { type: 'garage', info: { temp: -40 }, tracing: false } })
  })
  t.equal(answer.status, 200)
  await until('the next poll has been answered', () => (miner?.infoRequests ?? 0) > asked + 2)
  const device = app.devices.require(miner?.mac ?? '')
  t.equal(device.type, 'garage')
  t.not((device.info as { temp: number }).temp, -40)
})

t.test('P23 of many overlapping calls to listen, the last one wins exactly', async (t) => {
  const { app, fleet } = await watchFleet(t, { devices: 6 })
  const macs = fleet.miners.map((miner) => miner.mac)
  const busy = Promise.withResolvers<undefined>()
  for (const mac of macs) void app.deviceHub.withMiner(mac, () => busy.promise, { unidentified: 'accept' })
  const watchOnly = app.deviceHub.watchOnly.bind(app.deviceHub)
  let accepted = 0
  app.deviceHub.watchOnly = (set) => {
    accepted++
    return watchOnly(set)
  }
  const sets = Array.from({ length: 20 }, (_, i) => macs.filter((_, j) => (i + 1) & (1 << (j % 5))))
  const calls = sets.map((set) => app.inject({ method: 'PUT', url: '/devices/listen', payload: { macs: set } }))
  await until('all are accepted, while a task still runs with each device', () => accepted === sets.length)
  busy.resolve(undefined)
  const answers = await Promise.all(calls)
  t.ok(answers.every((answer) => answer.statusCode === 200))
  const last = sets.at(-1) ?? []
  t.equal(last.length, 2)
  t.same([...app.deviceHub.snapshot()].map((device) => device.mac).sort(), [...last].sort())

  const before = new Map(fleet.miners.map((miner) => [miner.mac, miner.infoRequests]))
  await until('the watched ones are polled four times', () =>
    last.every((mac) => fleet.miner(mac).infoRequests >= (before.get(mac) ?? 0) + 4)
  )
  const polled = macs.filter((mac) => fleet.miner(mac).infoRequests > (before.get(mac) ?? 0))
  t.same(polled, last)
})

t.test('listening to nothing stops all polling, and the devices stay imprinted', async (t) => {
  const { app, url } = await watchFleet(t, { devices: 2 })
  await fetch(`${url}/devices/listen`, { method: 'PUT', headers: json, body: '{"macs":[]}' })
  t.same(
    app.devices.list().map(({ state, tracing }) => [state, tracing]),
    [
      ['idle', false],
      ['idle', false]
    ]
  )
})

t.test('listening only to devices that are not imprinted is a 404 that names them', async (t) => {
  const { url } = await watchFleet(t, { devices: 1 })
  const body = '{"macs":["02:00:00:00:00:01"]}'
  const answer = await fetch(`${url}/devices/listen`, { method: 'PUT', headers: json, body })
  t.equal(answer.status, 404)
  t.match(await answer.json(), { message: /02:00:00:00:00:01/ })
})
