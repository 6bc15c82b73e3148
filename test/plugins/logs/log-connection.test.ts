import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import type { Miner } from '../../../src/simulator/types.ts'
import { until, watchFleet } from '../../helper.ts'
import type { LogTimes } from '../../../plugins/logs/times.ts'
import { isUnbroken, quick, quickLogs, view } from './helper.ts'

/** One miner of a firmware, watched, and how often its log was asked for. */
async function watchOne(
  t: Test,
  profile: string,
  { logLinesPerSecond = 100, times = {} }: { logLinesPerSecond?: number; times?: Partial<LogTimes> } = {}
) {
  const fleet = { devices: 1, profiles: [profile], logLinesPerSecond }
  const watched = await watchFleet(t, fleet, {}, { logs: { times: { ...quick, ...times } } })
  const [miner] = watched.fleet.miners
  if (!miner) throw new Error('the fleet is empty')
  return { ...watched, miner, attempts: countAttempts(miner) }
}

function countAttempts(miner: Miner): () => number {
  let attempts = 0
  miner.onRequest = ({ url, headers }) => {
    if (url === '/api/ws' && headers['user-agent'] !== 'a browser') attempts++
  }
  return () => attempts
}

/** Somebody's browser tab with the log page of the miner. */
async function openTab(t: Test, miner: Miner): Promise<WebSocket> {
  const tab = new WebSocket(`ws://${miner.address}/api/ws`, {
    skipUTF8Validation: true,
    headers: { 'user-agent': 'a browser' }
  })
  tab.on('error', () => undefined)
  t.teardown(() => tab.terminate())
  await once(tab, 'open')
  return tab
}

t.test('the handshake has no Origin, no extensions, and few headers', async (t) => {
  const { url, miner } = await watchOne(t, 'v2.12.2')
  const seen = new Promise<NodeJS.Dict<string | string[]>>((resolve) => {
    miner.onRequest = ({ url, headers }) => url === '/api/ws' && resolve(headers)
  })
  view(t, url)
  const headers = await seen
  t.same(
    Object.keys(headers).sort(),
    ['host', 'upgrade', 'connection', 'sec-websocket-key', 'sec-websocket-version'].sort()
  )
})

t.test('a frame that is a part of a line, as since v2.14, is no line', async (t) => {
  const { url } = await watchOne(t, 'v2.15.3', { logLinesPerSecond: 500 })
  const viewer = view(t, url)
  await until('two hundred lines have come', () => viewer.lines().length > 200)
  t.ok(viewer.lines().every(({ raw }) => /^[EWI] \(\d+\) [^:]+:/.test(raw)))
  t.ok(viewer.lines().some(({ raw }) => raw.length > 2000))
})

t.test('invalid UTF-8 in the log harms neither the stream nor its viewers', async (t) => {
  const { url, miner, attempts } = await watchOne(t, 'v2.12.2')
  miner.fault('badUtf8')
  const viewer = view(t, url)
  await until('fifty lines have come', () => viewer.lines().length > 50)
  t.ok(viewer.lines().every(({ raw }) => raw.includes('\ufffd')))
  t.equal(attempts(), 1)
})

t.test('P17 a device that closes at once is retried after ever longer delays, and never given up', async (t) => {
  const { url, miner, attempts } = await watchOne(t, 'v2.12.2')
  miner.fault('closeAtOnce')
  const viewer = view(t, url)
  await until('eight attempts were made', () => attempts() >= 8)
  t.ok(viewer.reasons().includes('closed by the miner (1005)'))
  miner.clearFaults()
  await until('lines come', () => viewer.lines().length > 0)
  t.equal(miner.logClients, 1)
})

t.test('P17 each failure makes the wait longer, and an open connection without a frame is no success', async (t) => {
  const { url, miner, attempts } = await watchOne(t, 'v2.12.2', { times: { retryMs: 10, longestRetryMs: 3_600_000 } })
  miner.fault('closeAtOnce')
  view(t, url)
  await until('an attempt was made', () => attempts() > 0)
  const polled = miner.infoRequests
  await until('it has been polled a while', () => miner.infoRequests > polled + 20)
  t.ok(attempts() > 3 && attempts() < 20, `${attempts()} attempts`)
})

t.test('P17 a line that was heard makes the next wait as short as the first again', async (t) => {
  const times = { retryMs: 5, longestRetryMs: 3_600_000 }
  const { url, miner, attempts } = await watchOne(t, 'v2.12.2', { times })
  miner.fault('closeAtOnce')
  const viewer = view(t, url)
  await until('eight attempts were made', () => attempts() >= 8)
  miner.clearFaults()
  await until('lines come', () => viewer.lines().length > 0)
  miner.fault('closeAtOnce')
  const before = attempts()
  miner.reboot(0)
  await until('it is tried five times more, which takes long after nine failures', () => attempts() >= before + 5)
})

t.test('P17 however often a device changes its state, there is one stream, or one pending attempt', async (t) => {
  const { app, url, miner, attempts } = await watchOne(t, 'v2.12.2', { times: { retryMs: 200, longestRetryMs: 200 } })
  const flap = () => {
    for (let i = 0; i < 20; i++) app.bus.emit('device.state', { mac: miner.mac, from: 'restarting', to: 'online' })
  }
  const viewer = view(t, url)
  await until('lines come', () => viewer.lines().length > 0)
  let polls = 0
  app.bus.on('device.polled', () => {
    polls++
    flap()
  })
  await until('it was polled twice', () => polls > 1)
  t.same([miner.logClients, attempts()], [1, 1])

  miner.fault('closeAtOnce')
  miner.reboot(0)
  const before = polls
  await until('it was polled a while', () => polls > before + 4)
  t.ok(attempts() > 1 && attempts() < 1 + 3 * (polls - before), `${attempts()} attempts in ${polls - before} polls`)
})

t.test('P17 after a refusal nothing is tried for the whole pause', async (t) => {
  for (const profile of ['v2.12.2', 'v2.15.3']) {
    const { app, url, miner, attempts } = await watchOne(t, profile, { times: { refusedMs: 3_600_000 } })
    await Promise.all(Array.from({ length: 10 }, () => openTab(t, miner)))
    const viewer = view(t, url)
    await until('the refusal is told', () => viewer.reasons().some((reason) => reason.startsWith('refused')))
    let polls = 0
    app.bus.on('device.polled', () => polls++)
    await until('it has been polled a while', () => polls > 5)
    t.equal(attempts(), 1, profile)
  }
})

t.test('P17 a refusal in the handshake, as since v2.15, is followed by a long pause', async (t) => {
  const { url, miner, attempts } = await watchOne(t, 'v2.15.3')
  const tabs = await Promise.all(Array.from({ length: 10 }, () => openTab(t, miner)))
  const viewer = view(t, url)
  await until('the refusal is told', () => viewer.reasons().includes('refused with status 429'))
  const before = attempts()
  tabs[0]?.close()
  await until('there is room', () => miner.logClients === 9)
  t.equal(attempts(), before)
  await until('lines come', () => viewer.lines().length > 0)
})

t.test('P17 a refusal in plain text after the handshake, as before v2.15, is followed by a long pause', async (t) => {
  const { url, miner } = await watchOne(t, 'v2.12.2')
  const tabs = await Promise.all(Array.from({ length: 10 }, () => openTab(t, miner)))
  const viewer = view(t, url)
  await until('the refusal is told', () => viewer.reasons().includes('refused, or broken (WS_ERR_UNEXPECTED_RSV_1)'))
  tabs[0]?.close()
  await until('lines come', () => viewer.lines().length > 0)
})

t.test('a stream that another client has taken over, as up to v2.9, is taken back after its silence', async (t) => {
  const { url, miner, attempts } = await watchOne(t, 'v2.9.0')
  const viewer = view(t, url)
  await until('lines come', () => viewer.lines().length > 0)
  await openTab(t, miner)
  await until('the silence is noticed', () => viewer.reasons().some((reason) => reason.startsWith('silent')))
  const before = viewer.lines().length
  await until('lines come again', () => viewer.lines().length > before + 5)
  t.equal(attempts(), 2)
  t.ok(isUnbroken(viewer.lines().map(({ seq }) => seq)))
})

t.test('after a reboot the stream is back by itself, and the boot text is in it', async (t) => {
  const { url, miner } = await watchOne(t, 'v2.12.2')
  const viewer = view(t, url)
  await until('lines come', () => viewer.lines().length > 0)
  miner.reboot(0)
  await until('the boot text has come', () => viewer.lines().find(({ raw }) => raw === '--- SYSTEM RESTART ---'))
  await until('lines of the new run come', () => viewer.lines().some(({ uptimeMs }) => (uptimeMs ?? Infinity) < 60_000))
})

t.test('a handshake that the miner never answers times out', async (t) => {
  const { url, miner, attempts } = await watchOne(t, 'v2.12.2')
  miner.fault('hang', { path: '/api/ws' })
  const viewer = view(t, url)
  await until('three attempts were made', () => attempts() >= 3)
  t.ok(viewer.reasons().some((reason) => reason.startsWith('not connected')))
  miner.clearFaults()
  await until('lines come', () => viewer.lines().length > 0)
})

t.test('no connection to an offline device is tried until it is back', async (t) => {
  const { app, url, miner, attempts } = await watchOne(t, 'v2.12.2')
  miner.powerOff()
  await until('it is offline', () => app.devices.get(miner.mac)?.state === 'offline')
  const viewer = view(t, url)
  await until('the viewer is told', () => viewer.reasons().includes('the device is offline'))
  t.same(viewer.states(), ['waiting'])
  t.equal(attempts(), 0)
  miner.powerOn()
  await until('lines come', () => viewer.lines().length > 0)
})

t.test('P22 the stream follows a device to its new address, and takes no line from another miner', async (t) => {
  const options = { devices: 2, profiles: ['v2.12.2', 'v2.15.3'], logLinesPerSecond: 100 }
  const { app, url, fleet } = await watchFleet(t, options, {}, quickLogs)
  const one = fleet.miners.find(({ version }) => version === 'v2.12.2')
  const other = fleet.miners.find(({ version }) => version !== 'v2.12.2')
  const viewer = view(t, url, `/devices/${one?.mac}/logs/stream`)
  await until('lines come', () => viewer.lines().length > 5)
  let wrong = 0
  if (other) other.onRequest = ({ url }) => void (wrong += Number(url === '/api/ws'))
  await new Promise<void>((resolve) => app.bus.on('device.polled', ({ mac }) => mac === one?.mac && resolve()))
  fleet.swap(one?.mac ?? '', other?.mac ?? '')
  await until('it is found', () => app.devices.get(one?.mac ?? '')?.ip === one?.address)
  const before = viewer.lines().length
  await until('lines come again', () => viewer.lines().length > before + 20)
  t.equal(wrong, 0, 'the other one was never asked for its log')
  t.notOk(viewer.lines().some(({ raw }) => raw.includes('ASIC nr')))
  t.same([one?.logClients, other?.logClients], [1, 0])
})

t.test("P22 after its user changes a device's address, no line is taken from the old one", async (t) => {
  const { app, url, miner } = await watchOne(t, 'v2.12.2')
  const viewer = view(t, url)
  await until('lines come', () => viewer.lines().length > 0)
  await app.devices.edit(miner.mac, { ip: miner.address.replace('127.0.1.1:', '127.0.9.9:') })
  await until('nobody listens', () => miner.logClients === 0)
})

t.test('a stream is closed a while after the last viewer has left, and not before', async (t) => {
  const { app, url, miner, attempts } = await watchOne(t, 'v2.12.2')
  const first = view(t, url)
  await until('lines come', () => first.lines().length > 0)
  first.ws.close()
  await first.closed
  const second = view(t, url)
  await until('lines come to the second', () => second.lines().length > 0)
  t.equal(attempts(), 1)
  second.ws.close()
  await until('nobody listens', () => miner.logClients === 0)
  t.match(await text((await app.metrics.scrape()).body), /^pluto_log_streams 0$/m)
  t.equal(attempts(), 1)
})
