import { faultNames, type FaultName } from '../../src/simulator/faults.ts'
import type { Miner, Simulator } from '../../src/simulator/types.ts'
import { sleep, type Context, type Outcome } from './part.ts'
import { medianOf, sample, type Sample } from './measures/memory-sample.ts'
import { createRandom } from './random.ts'
import { RhythmWatch } from './measures/poll-intervals.ts'
import { isTruthful, upOf } from './measures/expected-state.ts'
import {
  adopt,
  devicesOf,
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
/** Two polls and the time that the second may take; what the observer needs comes on top. */
const TRUTH_LIMIT_MS = 2 * INTERVAL_MS + TIMEOUT_MS
const LOOK_EVERY_MS = 1000
const RECOVERY_LIMIT_MS = 90_000
const LEAST_FAULT_MS = TRUTH_LIMIT_MS + 1000
const GROUPS = 10
const LANES = 2
const ALL_AT_ONCE_SHARE = 0.25
const MOST_HEAP_GROWTH_MEGABYTES = 10
const MOST_DESCRIPTOR_GROWTH = 20

interface Trial {
  context: Context
  fleet: Simulator
  running: Running
  rhythm: RhythmWatch
  problems: string[]
  truthMs: number[]
  recoveryMs: number[]
}

/** Each fault at a tenth of the fleet, two at a time, then all at once: the healthy keep their rhythm, states are true. */
export async function faults(context: Context): Promise<Outcome> {
  const { 'fault-seconds': seconds, 'fault-miners': devices } = context.options.amounts
  const { fleet, reach } = await simulate(context, { devices, latencyMs: 20, bootTimeMs: 1000 })
  const intervals = { POLL_INTERVAL_MS: `${INTERVAL_MS}`, POLL_TIMEOUT_MS: `${TIMEOUT_MS}` }
  const running = await startBackend(context, { DATA_DIR: temporaryDirectory(context), ...intervals, ...reach })
  await adopt(running.client, macsOf(fleet.miners))
  await untilOnline(running.client, macsOf(fleet.miners), RECOVERY_LIMIT_MS)
  const rhythm = new RhythmWatch(fleet)
  const trial: Trial = { context, fleet, running, rhythm, problems: [], truthMs: [], recoveryMs: [] }
  const before = await samples(running)
  const { names, eachMs, allMs } = schedule(seconds * 1000, context.seed)
  await Promise.all(Array.from({ length: LANES }, (_, lane) => runLane(trial, lane, names, eachMs)))
  const single = rhythm.figures()
  await allAtOnce(trial, allMs)
  await sleep(INTERVAL_MS)
  const after = await samples(running)
  await stop(context, running, 'SIGTERM')
  judgeRhythm(trial)
  const { p50, p99, max, count } = rhythm.figures()
  const figures = [
    `${names.length} faults for ${Math.round(eachMs / 1000)} s each, all at once for ${Math.round(allMs / 1000)} s, ${devices} miners`,
    `interval of the healthy over ${count} polls: p50 ${toSeconds(p50)}, p99 ${toSeconds(p99)} (${toSeconds(single.p99)} before all at once), max ${toSeconds(max)}`,
    `states true after ${toSeconds(Math.max(0, ...trial.truthMs))} at most, recovered after ${toSeconds(Math.max(0, ...trial.recoveryMs))} at most`,
    compareSamples(trial, before, after)
  ]
  return { done: figures.join('; '), problems: trial.problems }
}

/** A time that is short leaves faults out rather than to judge them too early. */
function schedule(totalMs: number, seed: number) {
  const singleMs = totalMs * (1 - ALL_AT_ONCE_SHARE)
  const turns = Math.max(1, Math.min(Math.ceil(faultNames.length / LANES), Math.floor(singleMs / LEAST_FAULT_MS)))
  const names = createRandom(seed).some(faultNames, turns * LANES)
  const allMs = Math.max(LEAST_FAULT_MS, totalMs * ALL_AT_ONCE_SHARE)
  return { names, eachMs: Math.max(LEAST_FAULT_MS, singleMs / turns), allMs }
}

/** Half of the faults, one after the other, each at another tenth of the fleet than the last ones. */
async function runLane(trial: Trial, lane: number, names: FaultName[], eachMs: number): Promise<void> {
  const recoveries: Promise<void>[] = []
  for (const [turn, name] of names.filter((_, i) => i % LANES === lane).entries()) {
    const group = lane + LANES * (turn % (GROUPS / LANES))
    const miners = trial.fleet.miners.filter((_, i) => i % GROUPS === group)
    // A tenth has its turn again only when it is well again.
    await recoveries[turn - GROUPS / LANES]
    trial.context.say(`${name} at ${miners.length} miners`)
    await inflict(trial, [{ name, miners }], eachMs)
    recoveries.push(recover(trial, [{ name, miners }]))
  }
  await Promise.all(recoveries)
}

async function allAtOnce(trial: Trial, lengthMs: number): Promise<void> {
  const { fleet, context } = trial
  context.say('all faults at once')
  // The last share has no fault.
  const share = faultNames.length + 1
  const all = faultNames.map((name, i) => ({ name, miners: fleet.miners.filter((_, n) => n % share === i) }))
  await inflict(trial, all, lengthMs)
  context.say('recovery from all faults at once')
  await recover(trial, all)
}

type Affliction = { name: FaultName; miners: Miner[] }

/** Starts faults, and watches that what is told of their miners becomes true in time and stays so. */
async function inflict(trial: Trial, all: Affliction[], lengthMs: number): Promise<void> {
  const { rhythm, problems, truthMs, running } = trial
  const begun = performance.now()
  for (const { name, miners } of all) {
    rhythm.leaveOut(macsOf(miners))
    for (const miner of miners) miner.fault(name)
  }
  let falseUntilMs = 0
  let wrong: string[] = []
  while (performance.now() - begun < lengthMs) {
    await sleep(LOOK_EVERY_MS)
    wrong = await findFalse(running, all)
    const atMs = performance.now() - begun
    if (wrong.length > 0) falseUntilMs = atMs
  }
  truthMs.push(falseUntilMs)
  if (falseUntilMs > TRUTH_LIMIT_MS + LOOK_EVERY_MS * 2)
    problems.push(
      `not true after ${toSeconds(falseUntilMs)}: ${wrong.slice(0, 5).join('; ') || 'a state changed its mind'}`
    )
}

async function findFalse({ client }: Running, all: Affliction[]): Promise<string[]> {
  const devices = await devicesOf(client)
  const up = upOf((await client.send('GET', '/metrics')).text)
  return all.flatMap(({ name, miners }) =>
    miners.flatMap(({ mac }) => {
      const device = devices.get(mac)
      const agree = up.get(mac) === (device?.state === 'online')
      return isTruthful(name, device) || (name === 'flap' && agree)
        ? []
        : [`${mac} with ${name} is ${JSON.stringify(device)}`]
    })
  )
}

/** Ends faults, and waits until their miners are online. */
async function recover({ running, rhythm, recoveryMs, problems }: Trial, all: Affliction[]): Promise<void> {
  const miners = all.flatMap((one) => one.miners)
  for (const miner of miners) miner.clearFaults()
  const online = untilOnline(running.client, macsOf(miners), RECOVERY_LIMIT_MS)
  recoveryMs.push(
    await online.catch((error: Error) => {
      problems.push(`${error.message} after ${all.map(({ name }) => name).join(', ')}`)
      return RECOVERY_LIMIT_MS
    })
  )
  rhythm.takeIn(macsOf(miners))
}

/** Some samples, a poll apart: the median of them is not the moment of a burst. */
async function samples(running: Running): Promise<Sample[]> {
  const taken: Sample[] = []
  for (let i = 0; i < 3; i++) {
    taken.push(await sample(running))
    await sleep(INTERVAL_MS / 2)
  }
  return taken
}

function judgeRhythm({ rhythm, problems }: Trial): void {
  const { p99 } = rhythm.figures()
  if (p99 > P99_LIMIT_MS) problems.push(`the interval of the healthy is ${toSeconds(p99)} at p99`)
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
