import t from 'tap'
import { build, until, watchFleet } from '../../helper.ts'

t.test(
  'P22 two miners that swap addresses are followed by their MAC, and nothing of one is stored as the other',
  async (t) => {
    const { app, fleet } = await watchFleet(t, { devices: 3 })
    const [a, b, c] = fleet.miners.map((miner) => miner.mac) as [string, string, string]
    const [atA, atB] = [fleet.miner(a).address, fleet.miner(b).address]
    const mixedUp: string[] = []
    app.bus.on('device.polled', ({ mac, reading }) => {
      if (reading.mac !== mac) mixedUp.push(mac)
    })
    const states: string[] = []
    app.bus.on('device.state', ({ mac, to }) => states.push(`${mac} ${to}`))
    fleet.swap(a, b)
    await until('both are online where they are now', () =>
      [a, b].every(
        (mac) => app.devices.require(mac).tracing && app.devices.require(mac).ip === fleet.miner(mac).address
      )
    )
    t.same([app.devices.require(a).ip, app.devices.require(b).ip], [atB, atA])
    t.same(mixedUp, [])
    t.ok(states.includes(`${a} mismatch`) || states.includes(`${b} mismatch`))
    t.equal(app.devices.require(c).state, 'online')
  }
)

t.test('P22 a miner that got a new address is found there by its MAC', async (t) => {
  const { app, fleet } = await watchFleet(t, { devices: 2 }, ({ port }) => ({
    DISCOVERY_NETWORKS: `127.0.1.0/24:${port}`
  }))
  const [moved] = fleet.miners
  const from = moved?.address
  moved?.move('127.0.1.77')
  await until('it is online at its new address', () => app.devices.require(moved?.mac ?? '').ip === moved?.address)
  t.not(moved?.address, from)
  await until('it answers there', () => app.devices.require(moved?.mac ?? '').tracing)
})

t.test('P22 the new address outlives a restart', async (t) => {
  const DATA_DIR = t.testdir()
  const { app, fleet } = await watchFleet(t, { devices: 2 }, { DATA_DIR })
  const [a, b] = fleet.miners.map((miner) => miner.mac) as [string, string]
  fleet.swap(a, b)
  await until('both are followed', () =>
    [a, b].every((mac) => app.devices.require(mac).ip === fleet.miner(mac).address)
  )
  await until('both answer', () => [a, b].every((mac) => app.devices.require(mac).tracing))
  await app.close()
  const again = await build(t, { DATA_DIR, AUTO_LISTEN: false })
  t.equal(again.devices.require(a).ip, fleet.miner(a).address)
  t.equal(again.devices.require(b).ip, fleet.miner(b).address)
})

t.test('an address that the user sets is taken at once, and refused outside of the allowed networks', async (t) => {
  const { app, url, fleet } = await watchFleet(t, { devices: 1 })
  const [miner] = fleet.miners
  const patch = (ip: string) =>
    fetch(`${url}/devices/imprint/${miner?.mac}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ device: { ip } })
    })
  const refused = await patch('8.8.8.8')
  t.equal(refused.status, 400)
  t.match(await refused.json(), { code: 'PLUTO_ADDRESS_NOT_ALLOWED', message: /8\.8\.8\.8.*DEVICE_NETWORKS/ })

  miner?.move('127.0.1.99')
  const accepted = await patch(miner?.address ?? '')
  t.match(await accepted.json(), { data: { ip: miner?.address, state: 'connecting' } })
  await until('it answers there', () => app.devices.require(miner?.mac ?? '').tracing)
})
