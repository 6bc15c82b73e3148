import t from 'tap'
import { build, simulate, until, watchFleet, stateOf, reach } from '../../helper.ts'

// Each of these waits more than it works.
t.jobs = 4

t.test('P01 two miners with the factory host name are both polled, told apart by their MAC', async (t) => {
  const { app, fleet } = await watchFleet(t, { devices: 2, hostnames: ['bitaxe'] })
  const devices = app.devices.list()
  t.equal(devices.length, 2)
  for (const miner of fleet.miners) {
    const device = app.devices.require(miner.mac)
    t.match(device, {
      ip: miner.address,
      tracing: true,
      info: { hostname: 'bitaxe', macAddr: miner.mac.toUpperCase() }
    })
  }
})

t.test('P08 a device that dies is offline after two missed polls, and says why', async (t) => {
  const { app, fleet } = await watchFleet(t, { devices: 2 })
  const [dead, alive] = fleet.miners.map((miner) => miner.mac)
  const failed: string[] = []
  app.bus.on('device.failed', ({ mac }) => failed.push(mac))
  fleet.miner(dead ?? '').powerOff()
  const device = await until('the dead one is offline', () => {
    const found = app.devices.require(dead ?? '')
    return found.state === 'offline' ? found : null
  })
  t.same(failed, [dead, dead])
  t.equal(device.tracing, false)
  t.match(device.error, /refused the connection|broke off|is unreachable|did not answer/)
  t.match(app.devices.require(alive ?? ''), { state: 'online', tracing: true })
})

t.test('P09 a miner that accepts and never answers is timed out, and the others keep their rhythm', async (t) => {
  const { app, fleet } = await watchFleet(t, { devices: 4 }, { POLL_TIMEOUT_MS: 300, POLL_CONCURRENCY: 2 })
  const [hanging, ...healthy] = fleet.miners
  hanging?.fault('hang')
  await until('the hanging one is offline', () => app.devices.require(hanging?.mac ?? '').state === 'offline')
  t.match(app.devices.require(hanging?.mac ?? '').error, /did not answer within 300 ms/)
  const before = healthy.map((miner) => miner.infoRequests)
  await until('the healthy ones are polled five more times', () =>
    healthy.every((miner, i) => miner.infoRequests >= (before[i] ?? 0) + 5)
  )
  t.ok(healthy.every((miner) => app.devices.require(miner.mac).state === 'online'))
  hanging?.clearFaults()
  await until('the hanging one is back by itself', () => app.devices.require(hanging?.mac ?? '').state === 'online')
})

t.test('P09 a device that was silent before holds up no other, however few polls may run at once', async (t) => {
  const { app, fleet } = await watchFleet(t, { devices: 3 }, { POLL_TIMEOUT_MS: 1000, POLL_CONCURRENCY: 1 })
  const [hanging] = fleet.miners
  hanging?.fault('hang')
  const asked: number[] = []
  app.bus.on('device.failed', () => asked.push(hanging?.infoRequests ?? 0))
  let meanwhile = 0
  app.bus.on('device.polled', () => {
    const [before] = asked
    if (asked.length === 1 && (hanging?.infoRequests ?? 0) > (before ?? Infinity)) meanwhile++
  })
  await until('it was silent twice', () => asked.length > 1)
  t.ok(meanwhile > 1, `${meanwhile} polls of the others while it was waited for`)
})

t.test('P24 the first polls of a fleet are spread over the interval', async (t) => {
  const fleet = await simulate(t, { devices: 200, profiles: ['gamma-601-v2.1'] })
  const app = await build(t, { ...reach(fleet), POLL_INTERVAL_MS: 2000, POLL_TIMEOUT_MS: 1900, AUTO_LISTEN: false })
  await app.discovery.discover({})
  await app.devices.imprint(fleet.miners.map((miner) => miner.mac))
  const buckets = new Map<number, number>()
  app.bus.on('device.polled', () => {
    const bucket = Math.floor(performance.now() / 100)
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1)
  })
  app.deviceHub.watch(fleet.miners.map((miner) => miner.mac))
  await until('all are online', () => stateOf(app).every((state) => state === 'online'))
  t.ok(
    Math.max(...buckets.values()) < 60,
    `at most ${Math.max(...buckets.values())} of 200 polls in one tenth of a second`
  )
})

t.test('P33 a miner that answers nonsense fails only its own polls, each with a named reason', async (t) => {
  const { app, url, fleet } = await watchFleet(t, { devices: 9 }, { POLL_TIMEOUT_MS: 600 })
  const reasons = new Map<string, RegExp>()
  const nonsense = [
    ['garbage', /not JSON/],
    ['html', /not JSON/],
    ['redirect', /redirect/],
    ['huge', /larger than 262144 bytes/],
    ['endless', /larger than 262144 bytes|did not answer within/],
    ['empty', /is not a miner of the Bitaxe family/],
    ['array', /is not a miner of the Bitaxe family/],
    ['http500', /status 500/]
  ] as const
  nonsense.forEach(([fault, reason], i) => {
    const miner = fleet.miners[i]
    miner?.fault(fault)
    reasons.set(miner?.mac ?? '', reason)
  })
  for (const [mac, reason] of reasons) {
    await until(`${mac} has failed for ${reason}`, () => reason.test(app.devices.require(mac).error ?? ''))
  }
  const list = await fetch(`${url}/devices/imprint`)
  t.equal(list.status, 200)
  t.equal(app.devices.require(fleet.miners[8]?.mac ?? '').state, 'online')
})

t.test('P33 a wrong type in single fields of one miner harms neither its poll nor the lists', async (t) => {
  const { app, url, fleet } = await watchFleet(t, { devices: 2 })
  const [odd] = fleet.miners
  odd?.override({ temp: 'hot', hashRate: null, power: [], hostname: 42, bestDiff: {} })
  await until(
    'the odd answer has arrived',
    () => (app.devices.require(odd?.mac ?? '').info as { temp: unknown }).temp === 'hot'
  )
  t.equal(app.devices.require(odd?.mac ?? '').state, 'online')
  const answer = await fetch(`${url}/devices/imprint?q=${odd?.ip}`)
  t.match(await answer.json(), { data: [{ mac: odd?.mac, info: { temp: 'hot', hashRate: null } }] })
})
