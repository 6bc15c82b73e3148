import t, { type Test } from 'tap'
import { io } from 'socket.io-client'
import { until, watchFleet } from '../../helper.ts'

const POLLS_OF_EACH = 2
const CLIENTS = 3

/**
 * What one poll may cost while three clients watch everything: counts, which no machine's speed changes. The miner is asked
 * once, its answer is parsed once, and it is put into JSON once for all clients. Nothing is listed or stored: readings go
 * to disk in batches of 500 devices, once for each TELEMETRY_FLUSH_MS.
 */
const ALLOWED = { requests: 1, events: 1, looks: 2, lists: 0, writes: 0, parsed: 1, written: 1 }

/** Calls `tell` at each call of a method until the test ends. */
function count<T extends object>(t: Test, owner: T, name: keyof T & string, tell: (given: unknown) => void): void {
  const method: unknown = owner[name]
  if (typeof method !== 'function') throw new TypeError(`${name} is no method`)
  const counted = function (this: unknown, ...args: unknown[]): unknown {
    tell(args[0])
    return Reflect.apply(method, this, args)
  }
  Object.defineProperty(owner, name, { value: counted, configurable: true, writable: true })
  t.teardown(() => Object.defineProperty(owner, name, { value: method, configurable: true, writable: true }))
}

/** The simulator and the clients are in this process, too: a miner's answer is an object, what Socket.IO sends begins otherwise. */
const isAnswer = (text: unknown) => typeof text === 'string' && text.trimStart().startsWith('{')
const isDevice = (value: unknown) => typeof value === 'object' && value !== null && 'tracing' in value && 'mac' in value

/** Watches a fleet with clients that hear everything. @returns how often a poll does each kind of work, on average */
async function workOfOnePoll(t: Test, devices: number) {
  const { app, url, fleet } = await watchFleet(t, { devices }, { POLL_INTERVAL_MS: 500, TELEMETRY_FLUSH_MS: 3_600_000 })
  for (let i = 0; i < CLIENTS; i++) {
    const socket = io(url, { path: '/socket/io', transports: ['websocket'], addTrailingSlash: false, forceNew: true })
    t.teardown(() => void socket.disconnect())
    await new Promise((resolve) => socket.once('stat_update', resolve))
  }

  const work = { requests: 0, events: 0, looks: 0, lists: 0, writes: 0, parsed: 0, written: 0 }
  for (const miner of fleet.miners) {
    miner.onRequest = () => work.requests++
    const device = app.deviceHub.get(miner.mac)
    let reading = device?.reading
    const look = () => (work.looks++, reading)
    Object.defineProperty(device, 'reading', { get: look, set: (newest) => (reading = newest) })
  }
  count(t, app.bus, 'emit', () => work.events++)
  count(t, app.deviceHub, 'snapshot', () => work.lists++)
  count(t, app.db.imprinted, 'list', () => work.lists++)
  count(t, app.db, 'commit', () => work.writes++)
  count(t, app.db, 'writeTelemetry', () => work.writes++)
  count(t, JSON, 'parse', (text) => (work.parsed += Number(isAnswer(text))))
  count(t, JSON, 'stringify', (value) => (work.written += Number(isDevice(value))))
  let polls = 0
  app.bus.on('device.polled', () => polls++)
  await until('each was polled a few times', () => polls >= POLLS_OF_EACH * devices)
  const each = Object.entries(work).map(([kind, times]) => ({ kind, each: times / polls }))
  await app.close()
  t.equal(work.writes, Math.ceil(devices / 500), 'the readings of all of them are stored in one write')
  return each
}

t.test('P34 a poll is the same work in a fleet of two hundred as in one of twenty', async (t) => {
  const results: Awaited<ReturnType<typeof workOfOnePoll>>[] = []
  for (const devices of [20, 200])
    await t.test(`${devices} devices`, async (t) => void results.push(await workOfOnePoll(t, devices)))
  const [few = [], many = []] = results
  t.ok(few.find(({ kind }) => kind === 'looks')?.each, 'a poll looks at its own device')
  few.forEach(({ kind, each }, i) => {
    const there = many[i]?.each ?? Infinity
    const allowed = ALLOWED[kind as keyof typeof ALLOWED]
    t.ok(each <= allowed + 0.2, `${kind}: ${each.toFixed(2)} times, ${allowed} are allowed`)
    t.ok(there <= each * 1.1 + 0.2, `${kind}: ${each.toFixed(2)} times among 20, ${there.toFixed(2)} among 200`)
  })
})
