import type { Simulator } from '../../src/simulator/types.ts'
import { listen } from './socket-listener.ts'
import { sleep, type Context, type Outcome } from './part.ts'
import { sample, type Sample } from './measures/memory-sample.ts'
import { createRandom, type Random } from './random.ts'
import { tellTrend, trendOf, type Trend } from './measures/trend.ts'
import {
  adopt,
  drainLog,
  simulate,
  startBackend,
  stop,
  temporaryDirectory,
  untilOnline,
  type Running
} from './environment.ts'

const CLIENTS = 20
const CLIENT_LIFE_MS = [5_000, 40_000] as const
const SCRAPE_EVERY_MS = 3000
const SAMPLE_EVERY_MS = 15_000
const ONLINE_LIMIT_MS = 120_000
/** Share of the time that passes before anything is judged: caches fill, code is compiled. */
const WARM_UP = 0.2
const FLAPPING = 0.04
/** How much higher a figure may end than it began. A history of hours is built up, so the heap rises a little. */
const ROOM = { heapMegabytes: 10, outsideMegabytes: 10, descriptors: 30, timers: 30 } as const

/** Everybody at once for a long time: what the backend holds stays the same. */
export async function soak(context: Context): Promise<Outcome> {
  const { 'soak-minutes': minutes, 'soak-miners': devices } = context.options.amounts
  const random = createRandom(context.seed)
  const { fleet, reach } = await simulate(context, { devices, latencyMs: 20, bootTimeMs: 3000 })
  // Kept lines fill up within the warm-up, else their number would be seen to rise.
  const env = { DATA_DIR: temporaryDirectory(context), LOG_BUFFER_LINES: '30', ...reach }
  const running = await startBackend(context, env)
  const macs = fleet.miners.map(({ mac }) => mac)
  await adopt(running.client, macs)
  await untilOnline(running.client, macs, ONLINE_LIMIT_MS)
  for (const miner of random.some(fleet.miners, devices * FLAPPING))
    miner.fault('flap', { ms: random.between(4000, 20_000) })

  const lengthMs = minutes * 60_000
  const begun = performance.now()
  const isOver = () => performance.now() - begun > lengthMs
  const counts = { clients: 0, events: 0, scrapes: 0, restarts: 0 }
  const visitors = Array.from({ length: CLIENTS }, (_, i) => visit(context, running, random.fork(i), counts, isOver))
  const work = [
    ...visitors,
    scrape(context, running, counts, isOver),
    restartSome(fleet, random.fork(99), counts, isOver)
  ]
  const { samples, hours } = await takeSamples(context, running, lengthMs, isOver)
  const problems = (await Promise.all(work)).flat()
  await stop(context, running, 'SIGTERM')

  const trend = (figure: keyof Sample) => trendOf(samples, hours, figure)
  for (const [figure, room] of Object.entries(ROOM) as [keyof typeof ROOM, number][]) {
    const { start, end } = trend(figure)
    if (end > start + room) problems.push(`${figure} rose from ${start.toFixed(1)} to ${end.toFixed(1)}`)
  }
  const did = `${minutes} min, ${devices} miners, ${counts.clients} clients, ${counts.events} events, ${counts.scrapes} scrapes, ${counts.restarts} restarts of miners`
  return { done: [did, ...tell(trend)].join('; '), problems }
}

function tell(trend: (figure: keyof Sample) => Trend): string[] {
  return [
    tellTrend('heap after GC', trend('heapMegabytes'), 'MB'),
    tellTrend('outside of it', trend('outsideMegabytes'), 'MB'),
    tellTrend('RSS', trend('residentMegabytes'), 'MB'),
    tellTrend('descriptors', trend('descriptors')),
    tellTrend('timers', trend('timers'))
  ]
}

interface Counts {
  clients: number
  events: number
  scrapes: number
  restarts: number
}

/** One place for a client: it comes, listens for a while, and goes. */
async function visit(
  { watch }: Context,
  { client }: Running,
  random: Random,
  counts: Counts,
  isOver: () => boolean
): Promise<string[]> {
  const problems: string[] = []
  while (!isOver()) {
    const listener = listen(client.url, watch, random.chance(0.2) ? 'polling' : 'websocket')
    const lifeMs = random.between(...CLIENT_LIFE_MS)
    for (let lived = 0; lived < lifeMs && !isOver(); lived += 500) await sleep(500)
    counts.clients++
    counts.events += listener.events()
    if (listener.events() === 0 && !isOver()) problems.push(`a client heard nothing for ${lifeMs} ms`)
    listener.leave()
    await sleep(random.between(0, 2000))
  }
  return problems
}

async function scrape(context: Context, running: Running, counts: Counts, isOver: () => boolean): Promise<string[]> {
  const problems: string[] = []
  while (!isOver()) {
    for (const path of ['/metrics', '/devices/imprint']) {
      const { status } = await running.client.send('GET', path)
      if (status !== 200) problems.push(`GET ${path} was answered with ${status}`)
    }
    counts.scrapes++
    drainLog(context, running)
    await sleep(SCRAPE_EVERY_MS)
  }
  return problems
}

/** Every few seconds a miner starts anew. */
async function restartSome(
  { miners }: Simulator,
  random: Random,
  counts: Counts,
  isOver: () => boolean
): Promise<string[]> {
  while (!isOver()) {
    random.pick(miners).reboot()
    counts.restarts++
    await sleep(SCRAPE_EVERY_MS)
  }
  return []
}

async function takeSamples(context: Context, running: Running, lengthMs: number, isOver: () => boolean) {
  const samples: Sample[] = []
  const hours: number[] = []
  const begun = performance.now()
  await sleep(lengthMs * WARM_UP)
  while (!isOver()) {
    const one = await sample(running)
    samples.push(one)
    hours.push((performance.now() - begun) / 3_600_000)
    const { heapMegabytes, descriptors, timers } = one
    context.say(`heap after GC ${heapMegabytes.toFixed(1)} MB, ${descriptors} descriptors, ${timers} timers`)
    await sleep(Math.min(SAMPLE_EVERY_MS, lengthMs / 30))
  }
  return { samples, hours }
}
