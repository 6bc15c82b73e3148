import type { Simulator } from '../../src/simulator/types.ts'
import { listen } from './socket-listener.ts'
import { sleep, type Context, type Outcome } from './part.ts'
import { sample, type Sample } from './measures/memory-sample.ts'
import { createRandom, type Random } from './random.ts'
import { formatTrend, trendOf, type Trend } from './measures/trend.ts'
import {
  drainLog,
  imprintAll,
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
/** Share of the time before the first sample: caches fill, code is compiled. */
const WARM_UP = 0.2
const FLAPPING = 0.04
/** How much a figure may rise from start to end. The history of hours grows, so the heap rises a little. */
const ALLOWED_GROWTH = { heapMegabytes: 10, outsideMegabytes: 10, descriptors: 30, timers: 30 } as const

/** Runs clients, scrapes and restarts concurrently for a long time: the resources of the backend stay constant. */
export async function soak(context: Context): Promise<Outcome> {
  const { 'soak-minutes': minutes, 'soak-miners': devices } = context.options.amounts
  const random = createRandom(context.seed)
  const { fleet, reach } = await simulate(context, { devices, latencyMs: 20, bootTimeMs: 3000 })
  // Small enough that the line buffers fill up during the warm-up.
  const env = { DATA_DIR: temporaryDirectory(context), LOG_BUFFER_LINES: '30', ...reach }
  const running = await startBackend(context, env)
  const macs = fleet.miners.map(({ mac }) => mac)
  await imprintAll(running.client, macs)
  await untilOnline(running.client, macs, ONLINE_LIMIT_MS)
  for (const miner of random.some(fleet.miners, devices * FLAPPING))
    miner.fault('flap', { ms: random.between(4000, 20_000) })

  const lengthMs = minutes * 60_000
  const startedAt = performance.now()
  const isOver = () => performance.now() - startedAt > lengthMs
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
  for (const [figure, growth] of Object.entries(ALLOWED_GROWTH) as [keyof typeof ALLOWED_GROWTH, number][]) {
    const { start, end } = trend(figure)
    if (end > start + growth) problems.push(`${figure} rose from ${start.toFixed(1)} to ${end.toFixed(1)}`)
  }
  const did = `${minutes} min, ${devices} miners, ${counts.clients} clients, ${counts.events} events, ${counts.scrapes} scrapes, ${counts.restarts} restarts of miners`
  return { done: [did, ...formatTrends(trend)].join('; '), problems }
}

function formatTrends(trend: (figure: keyof Sample) => Trend): string[] {
  return [
    formatTrend('heap after GC', trend('heapMegabytes'), 'MB'),
    formatTrend('outside the heap', trend('outsideMegabytes'), 'MB'),
    formatTrend('RSS', trend('residentMegabytes'), 'MB'),
    formatTrend('descriptors', trend('descriptors')),
    formatTrend('timers', trend('timers'))
  ]
}

interface Counts {
  clients: number
  events: number
  scrapes: number
  restarts: number
}

/** Connects one client after another, each for a random time. */
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
    if (listener.events() === 0 && !isOver()) problems.push(`a client received nothing for ${lifeMs} ms`)
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

/** Reboots a random miner every few seconds. */
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
  const startedAt = performance.now()
  await sleep(lengthMs * WARM_UP)
  while (!isOver()) {
    const one = await sample(running)
    samples.push(one)
    hours.push((performance.now() - startedAt) / 3_600_000)
    const { heapMegabytes, descriptors, timers } = one
    context.progress(`heap after GC ${heapMegabytes.toFixed(1)} MB, ${descriptors} descriptors, ${timers} timers`)
    await sleep(Math.min(SAMPLE_EVERY_MS, lengthMs / 30))
  }
  return { samples, hours }
}
