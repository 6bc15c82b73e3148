import { faultNames, type FaultName } from '../../src/simulator/faults.ts'
import type { Miner, Simulator } from '../../src/simulator/types.ts'
import { sleep, type Context, type Outcome } from './part.ts'
import { medianOf, sample, type Sample } from './measures/memory-sample.ts'
import { createRandom } from './random.ts'
import { PollIntervals } from './measures/poll-intervals.ts'
import { isExpected, upOf } from './measures/expected-state.ts'
import {
  devicesOf,
  imprintAll,
  simulate,
  startBackend,
  stop,
  temporaryDirectory,
  untilOnline,
  type Running
} from './environment.ts'

const INTERVAL_MS = 5000
const TIMEOUT_MS = 4000
const P99_LIMIT_MS = 5250
/** Two polls and the timeout of the second; the observer's own delay is added. */
const STATE_LIMIT_MS = 2 * INTERVAL_MS + TIMEOUT_MS
const CHECK_EVERY_MS = 1000
const RECOVERY_LIMIT_MS = 90_000
const LEAST_FAULT_MS = STATE_LIMIT_MS + 1000
const GROUPS = 10
const LANES = 2
const ALL_AT_ONCE_SHARE = 0.25
const MOST_HEAP_GROWTH_MEGABYTES = 10
const MOST_DESCRIPTOR_GROWTH = 20

interface Trial {
  context: Context
  fleet: Simulator
  running: Running
  intervals: PollIntervals
  problems: string[]
  stateDelaysMs: number[]
  recoveryMs: number[]
}

/** Applies each fault to a tenth of the fleet, two at a time, then all at once: healthy miners keep their poll interval, and states are correct. */
export async function faults(context: Context): Promise<Outcome> {
  const { 'fault-seconds': seconds, 'fault-miners': devices } = context.options.amounts
  const { fleet, reach } = await simulate(context, { devices, latencyMs: 20, bootTimeMs: 1000 })
  const settings = { POLL_INTERVAL_MS: `${INTERVAL_MS}`, POLL_TIMEOUT_MS: `${TIMEOUT_MS}` }
  const running = await startBackend(context, { DATA_DIR: temporaryDirectory(context), ...settings, ...reach })
  await imprintAll(running.client, macsOf(fleet.miners))
  await untilOnline(running.client, macsOf(fleet.miners), RECOVERY_LIMIT_MS)
  const intervals = new PollIntervals(fleet)
  const trial: Trial = { context, fleet, running, intervals, problems: [], stateDelaysMs: [], recoveryMs: [] }
  const before = await samples(running)
  const { names, eachMs, allMs } = schedule(seconds * 1000, context.seed)
  await Promise.all(Array.from({ length: LANES }, (_, lane) => runLane(trial, lane, names, eachMs)))
  const single = intervals.figures()
  await allAtOnce(trial, allMs)
  await sleep(INTERVAL_MS)
  const after = await samples(running)
  await stop(context, running, 'SIGTERM')
  checkIntervals(trial)
  const { p50, p99, max, count } = intervals.figures()
  const figures = [
    `${names.length} faults for ${Math.round(eachMs / 1000)} s each, all at once for ${Math.round(allMs / 1000)} s, ${devices} miners`,
    `interval of healthy miners over ${count} polls: p50 ${toSeconds(p50)}, p99 ${toSeconds(p99)} (${toSeconds(single.p99)} before all at once), max ${toSeconds(max)}`,
    `states correct after ${toSeconds(Math.max(0, ...trial.stateDelaysMs))} at most, recovered after ${toSeconds(Math.max(0, ...trial.recoveryMs))} at most`,
    compareSamples(trial, before, after)
  ]
  return { done: figures.join('; '), problems: trial.problems }
}

/** A short total time omits faults, so that each one lasts long enough to be checked. */
function schedule(totalMs: number, seed: number) {
  const singleMs = totalMs * (1 - ALL_AT_ONCE_SHARE)
  const turns = Math.max(1, Math.min(Math.ceil(faultNames.length / LANES), Math.floor(singleMs / LEAST_FAULT_MS)))
  const names = createRandom(seed).some(faultNames, turns * LANES)
  const allMs = Math.max(LEAST_FAULT_MS, totalMs * ALL_AT_ONCE_SHARE)
  return { names, eachMs: Math.max(LEAST_FAULT_MS, singleMs / turns), allMs }
}

/** Applies half of the faults one after the other, each to a different tenth of the fleet. */
async function runLane(trial: Trial, lane: number, names: FaultName[], eachMs: number): Promise<void> {
  const recoveries: Promise<void>[] = []
  for (const [turn, name] of names.filter((_, i) => i % LANES === lane).entries()) {
    const group = lane + LANES * (turn % (GROUPS / LANES))
    const miners = trial.fleet.miners.filter((_, i) => i % GROUPS === group)
    // A tenth is reused only after it has recovered.
    await recoveries[turn - GROUPS / LANES]
    trial.context.progress(`${name} on ${miners.length} miners`)
    await injectFaults(trial, [{ name, miners }], eachMs)
    recoveries.push(recover(trial, [{ name, miners }]))
  }
  await Promise.all(recoveries)
}

async function allAtOnce(trial: Trial, lengthMs: number): Promise<void> {
  const { fleet, context } = trial
  context.progress('all faults at once')
  // The last share has no fault.
  const share = faultNames.length + 1
  const all = faultNames.map((name, i) => ({ name, miners: fleet.miners.filter((_, n) => n % share === i) }))
  await injectFaults(trial, all, lengthMs)
  context.progress('recovery from all faults at once')
  await recover(trial, all)
}

type Injection = { name: FaultName; miners: Miner[] }

/** Starts faults, and checks that the reported states become correct in time and stay correct. */
async function injectFaults(trial: Trial, all: Injection[], lengthMs: number): Promise<void> {
  const { intervals, problems, stateDelaysMs, running } = trial
  const startedAt = performance.now()
  for (const { name, miners } of all) {
    intervals.exclude(macsOf(miners))
    for (const miner of miners) miner.fault(name)
  }
  let wrongUntilMs = 0
  let wrong: string[] = []
  while (performance.now() - startedAt < lengthMs) {
    await sleep(CHECK_EVERY_MS)
    wrong = await findWrongStates(running, all)
    const atMs = performance.now() - startedAt
    if (wrong.length > 0) wrongUntilMs = atMs
  }
  stateDelaysMs.push(wrongUntilMs)
  if (wrongUntilMs > STATE_LIMIT_MS + CHECK_EVERY_MS * 2)
    problems.push(
      `wrong states after ${toSeconds(wrongUntilMs)}: ${wrong.slice(0, 5).join('; ') || 'a state became wrong again'}`
    )
}

async function findWrongStates({ client }: Running, all: Injection[]): Promise<string[]> {
  const devices = await devicesOf(client)
  const up = upOf((await client.send('GET', '/metrics')).text)
  return all.flatMap(({ name, miners }) =>
    miners.flatMap(({ mac }) => {
      const device = devices.get(mac)
      const agree = up.get(mac) === (device?.state === 'online')
      return isExpected(name, device) || (name === 'flap' && agree)
        ? []
        : [`${mac} with ${name} is ${JSON.stringify(device)}`]
    })
  )
}

/** Clears faults, and waits until their miners are online. */
async function recover({ running, intervals, recoveryMs, problems }: Trial, all: Injection[]): Promise<void> {
  const miners = all.flatMap((one) => one.miners)
  for (const miner of miners) miner.clearFaults()
  const online = untilOnline(running.client, macsOf(miners), RECOVERY_LIMIT_MS)
  recoveryMs.push(
    await online.catch((error: Error) => {
      problems.push(`${error.message} after ${all.map(({ name }) => name).join(', ')}`)
      return RECOVERY_LIMIT_MS
    })
  )
  intervals.include(macsOf(miners))
}

/** Takes samples half a poll apart, so that their median is not distorted by a burst. */
async function samples(running: Running): Promise<Sample[]> {
  const taken: Sample[] = []
  for (let i = 0; i < 3; i++) {
    taken.push(await sample(running))
    await sleep(INTERVAL_MS / 2)
  }
  return taken
}

function checkIntervals({ intervals, problems }: Trial): void {
  const { p99 } = intervals.figures()
  if (p99 > P99_LIMIT_MS) problems.push(`the interval of healthy miners is ${toSeconds(p99)} at p99`)
}

function compareSamples({ problems }: Trial, before: Sample[], after: Sample[]): string {
  const pair = (figure: keyof Sample) => [medianOf(before, figure), medianOf(after, figure)] as const
  const [heap, heapAfter] = pair('heapMegabytes')
  const [files, filesAfter] = pair('descriptors')
  const [resident, residentAfter] = pair('residentMegabytes')
  if (heapAfter > heap + MOST_HEAP_GROWTH_MEGABYTES) problems.push(`the heap grew from ${heap} to ${heapAfter} MB`)
  if (filesAfter > files + MOST_DESCRIPTOR_GROWTH) problems.push(`descriptors grew from ${files} to ${filesAfter}`)
  const memory = `heap ${heap.toFixed(1)} → ${heapAfter.toFixed(1)} MB, RSS ${resident.toFixed(0)} → ${residentAfter.toFixed(0)} MB`
  return `${memory}, descriptors ${files} → ${filesAfter}`
}

const macsOf = (miners: readonly Miner[]) => miners.map(({ mac }) => mac)
const toSeconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`
