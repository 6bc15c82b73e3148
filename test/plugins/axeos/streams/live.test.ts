import { once } from 'node:events'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import type { Miner, SimulatorOptions } from '../../../../src/simulator/types.ts'
import { until, watchFleet } from '../../../helper.ts'

// These tests mostly wait.
t.jobs = 4

const live = { handshakeMs: 500, pingMs: 25_000, staleMs: 1500, retryMs: 300 }

/** A backend with live updates, and the number of streams that it opened. */
async function watch(t: Test, options: Partial<SimulatorOptions> = {}) {
  const watched = await watchFleet(
    t,
    { devices: 1, profiles: ['v2.15.3'], ...options },
    { LIVE_UPDATES: true },
    { axeos: { live } }
  )
  const [miner] = watched.fleet.miners
  if (!miner) throw new Error('the fleet is empty')
  return { ...watched, miner, streams: countStreams(miner) }
}

function countStreams(miner: Miner): () => number {
  let streams = 0
  miner.onRequest = ({ url }) => {
    if (url === '/api/ws/live') streams++
  }
  return () => streams
}

/** Waits for this many readings in a row without a poll. */
async function untilStreamed(miner: Miner, polls: () => number, count = 8): Promise<void> {
  let [asked, from] = [miner.infoRequests, polls()]
  await until(`${count} readings have come without a poll`, () => {
    if (miner.infoRequests !== asked) [asked, from] = [miner.infoRequests, polls()]
    return polls() >= from + count
  })
}

function countPolls({ bus }: Awaited<ReturnType<typeof watch>>['app'], mac: string): () => number {
  let polls = 0
  bus.on('device.polled', (event) => (polls += Number(event.mac === mac)))
  return () => polls
}

t.test('a firmware with a live stream is read from it at the poll interval, and is not polled', async (t) => {
  const { app, miner } = await watch(t)
  const polls = countPolls(app, miner.mac)
  await untilStreamed(miner, polls, 12)
  t.equal(app.devices.get(miner.mac)?.tracing, true)
})

t.test('a reading from the live stream equals one from a poll', async (t) => {
  const { app, miner } = await watch(t)
  miner.override({ fullHostname: 'bitaxe.local', hashRate: 1234.5, power: 20 })
  await untilStreamed(miner, countPolls(app, miner.mac))
  const streamed = app.deviceHub.get(miner.mac)?.reading
  const polled = await app.axeos.readInfo(app.axeos.parseAddress(miner.address))
  t.same(Object.keys(streamed?.info ?? {}).sort(), Object.keys(polled.info).sort())
  t.same(streamed?.identity, polled.identity)
  t.equal(streamed?.mac, polled.mac)
  const { hashrateHps, powerWatts, frequencySetHertz } = polled.telemetry
  t.match(streamed?.telemetry, { hashrateHps, powerWatts, frequencySetHertz })
  miner.override({ hashRate: 777 })
  await until('a change is seen', () => app.deviceHub.get(miner.mac)?.reading?.telemetry.hashrateHps === 777e9)
})

t.test('firmware without a live stream is polled, and no stream is opened', async (t) => {
  for (const profile of ['v2.12.2', 'V1.0.37']) {
    const { app, miner, streams } = await watch(t, { profiles: [profile] })
    const polls = countPolls(app, miner.mac)
    await until('it was polled some times', () => polls() > 5)
    t.equal(streams(), 0, profile)
  }
})

t.test('when the stream fails the device is polled at once, and the stream is retried later', async (t) => {
  const { app, miner, streams } = await watch(t)
  const failed: string[] = []
  app.bus.on('device.failed', ({ error }) => failed.push(error.message))
  const polls = countPolls(app, miner.mac)
  miner.fault('closeAtOnce')
  miner.reboot(0)
  await untilPolled(miner)
  await until('it was tried again', () => streams() >= 3)
  miner.clearFaults()
  await untilStreamed(miner, polls)
  t.same(failed, [])
})

t.test('a miner that accepts no further client is polled', async (t) => {
  const { app, miner, streams } = await watch(t)
  await app.devices.remove(miner.mac)
  await until('nobody is connected', () => miner.connections === 0)
  const tabs = Array.from({ length: 10 }, () => new WebSocket(`ws://${miner.address}/api/ws`))
  t.teardown(() => tabs.forEach((tab) => tab.terminate()))
  await Promise.all(tabs.map((tab) => once(tab, 'open')))
  const before = streams()
  await app.devices.imprint([miner.mac])
  await untilPolled(miner)
  await until('it was tried again', () => streams() > before + 1)
  t.equal(miner.logClients, 10)
  tabs[0]?.close()
  await untilStreamed(miner, countPolls(app, miner.mac))
})

t.test('a silent stream is replaced by polls', async (t) => {
  const { miner, app, streams } = await watch(t)
  await untilStreamed(miner, countPolls(app, miner.mac))
  const before = streams()
  miner.fault('freeze')
  await untilPolled(miner)
  await until('another was tried', () => streams() > before)
})

t.test('P22 a stream from another miner than the poll is not used', async (t) => {
  const { app, miner } = await watch(t)
  const own = miner.info()['macAddr'] ?? null
  let streams = 0
  miner.onRequest = ({ url }) => {
    const isStream = url === '/api/ws/live'
    streams += Number(isStream)
    miner.override({ macAddr: isStream ? '02:00:00:00:00:01' : own })
  }
  const macs = new Set<string | null>()
  app.bus.on('device.polled', ({ reading }) => macs.add(reading.mac))
  miner.reboot(0)
  await until('the stream was tried three times', () => streams >= 3)
  await untilPolled(miner)
  t.same([...macs], [miner.mac])
})

t.test('a device that goes offline fails as it does with polls, and has one stream when it returns', async (t) => {
  const { app, miner } = await watch(t)
  const polls = countPolls(app, miner.mac)
  await untilStreamed(miner, polls)
  miner.powerOff()
  await until('it is offline', () => app.devices.get(miner.mac)?.state === 'offline')
  miner.powerOn()
  await until('it is online', () => app.devices.get(miner.mac)?.state === 'online')
  await untilStreamed(miner, polls)
  t.ok(miner.connections <= 2, 'the stream and a kept connection')
})

t.test('P22 two miners that swap addresses are never mistaken for each other', async (t) => {
  const { app, fleet } = await watch(t, { devices: 2 })
  const [one, other] = fleet.miners
  if (!one || !other) throw new Error('the fleet is too small')
  one.override({ hashRate: 111 })
  other.override({ hashRate: 222 })
  await untilStreamed(one, countPolls(app, one.mac))
  const wrong: number[] = []
  app.bus.on('device.polled', ({ mac, reading }) => {
    const hashrate = reading.telemetry.hashrateHps ?? 0
    if (hashrate !== (mac === one.mac ? 111e9 : 222e9)) wrong.push(hashrate)
  })
  fleet.swap(one.mac, other.mac)
  await until('both are found', () => [one, other].every((miner) => app.devices.get(miner.mac)?.ip === miner.address))
  await untilStreamed(one, countPolls(app, one.mac))
  t.same(wrong, [])
})

t.test('P10 the stream of a removed device is closed', async (t) => {
  const { app, miner } = await watch(t)
  await untilStreamed(miner, countPolls(app, miner.mac))
  await app.devices.remove(miner.mac)
  const requests = miner.requests
  await until('nobody is connected', () => miner.connections === 0)
  t.equal(miner.requests, requests)
})

async function untilPolled(miner: Miner): Promise<void> {
  const asked = miner.infoRequests
  await until('it is polled', () => miner.infoRequests > asked + 4)
}
