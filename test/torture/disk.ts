import { join } from 'node:path'
import type { Simulator } from '../../src/simulator/types.ts'
import { until } from '../helper.ts'
import { sleep, Tally, type Context, type Outcome } from './part.ts'
import { createRandom, type Random } from './random.ts'
import { SmallDisk } from './small-disk.ts'
import { simulate, startBackend, stop, type Running } from './environment.ts'
import { Crew } from './writes/writer-pool.ts'

const SHARE = 4
const WRITERS = 4
const RECOVERY_LIMIT_MS = 30_000
const KINDS = ['full', 'full', 'read-only', 'killed while full'] as const

interface Disaster {
  context: Context
  crew: Crew
  disk: SmallDisk
  fleet: Simulator
  random: Random
  problems: string[]
  done: Tally
  /** The longest time from room on the disk to the next write that is acknowledged, ms. */
  slowestRecoveryMs: number
}

/**
 * Writers change everything at once while the disk fills up, becomes read-only, and has room again. Nothing that was
 * acknowledged is lost, polling goes on, and writes succeed again by themselves.
 */
export async function disk(context: Context): Promise<Outcome> {
  const { amounts, diskCodes } = context.options
  const rounds = Math.max(1, Math.round(amounts['disk-rounds']))
  const random = createRandom(context.seed)
  const { fleet, reach } = await simulate(context, { devices: SHARE * (WRITERS + 1), bootTimeMs: 50 })
  const small = new SmallDisk(context, amounts['disk-megabytes'])
  const env = { DATA_DIR: join(small.directory, 'data'), POLL_INTERVAL_MS: '1000', TELEMETRY_FLUSH_MS: '500', ...reach }
  const crew = new Crew(context, fleet, SHARE)
  const shared = { context, crew, disk: small, fleet, random, problems: [], done: new Tally(), slowestRecoveryMs: 0 }
  const disaster: Disaster = shared
  let running = await startBackend(context, env)
  await crew.begin(running.client)
  for (let round = 1; round <= rounds && disaster.problems.length === 0; round++) {
    context.say(`round ${round} of ${rounds}, ${crew.seen.total} writes: ${crew.seen}`)
    await strike(disaster, running)
    await stop(context, running, 'SIGKILL')
    small.free()
    running = await startBackend(context, env)
    const found = await crew.checkStarted(running.client)
    disaster.problems.push(...found.map((text) => `round ${round}: after kill -9: ${text}`))
  }
  await stop(context, running, 'SIGTERM')
  await context.watch.lookInto(env.DATA_DIR)
  return { done: describe(disaster), problems: [...disaster.problems, ...undocumented(crew.seen, diskCodes)] }
}

function describe({ done, crew, slowestRecoveryMs }: Disaster): string {
  return `${done}; ${crew.seen.total} writes: ${crew.seen}; slowest recovery ${(slowestRecoveryMs / 1000).toFixed(1)} s`
}

/** Failures that a write may not be answered with. */
function undocumented(seen: Tally, codes: string[]): string[] {
  const failures = seen.words.filter((word) => /^5/.test(word))
  const isExpected = (word: string) => codes.some((code) => word.split(' ').includes(code))
  return failures.filter((word) => !isExpected(word)).map((word) => `writes were answered with ${word}`)
}

/** One round: the disk fills while all write. It ends with the backend running, and with what it tells compared. */
async function strike(disaster: Disaster, running: Running): Promise<void> {
  const { context, crew, disk: small, random, done, problems } = disaster
  const kind = random.pick(KINDS)
  let isOver = false
  const writing = crew.write(running.client, () => isOver)
  await sleep(random.between(100, 600))
  small.fill(random.below(12))
  await meanwhile(disaster, running, kind === 'read-only')
  done.add(kind)
  if (kind === 'killed while full') {
    running.backend.child.kill('SIGKILL')
    isOver = true
    return writing
  }
  small.free()
  await awaitRecovery(disaster)
  isOver = true
  await writing
  const found = await crew.checkLive(running.client).catch((error: Error) => [error.message])
  problems.push(...found.map((text) => `while running: ${text}`))
  context.say(`${kind} is over`)
}

/** While nothing can be written: polls go on, answers come. */
async function meanwhile(
  { crew, disk: small, fleet, random, problems, done }: Disaster,
  running: Running,
  readOnly: boolean
) {
  const begun = performance.now()
  const lengthMs = random.between(1500, 4000)
  const polls = fleet.counters().infoRequests
  let isReadOnly = false
  while (performance.now() - begun < lengthMs) {
    if (!isReadOnly) small.fill(0)
    // The kernel allows it once the store is closed, as it is between two attempts after a write that failed.
    if (readOnly && !isReadOnly) isReadOnly = small.remount('ro')
    if ((await running.client.send('GET', '/devices/imprint?fields=state')).status !== 200)
      problems.push('the list of devices was not answered while the disk was full')
    await sleep(50)
  }
  if (isReadOnly) done.add('of which remounted read-only')
  if (isReadOnly && !small.remount('rw')) problems.push('the disk could not be made writable again')
  const least = fleet.miners.length * Math.floor(lengthMs / 1000 - 1)
  const came = fleet.counters().infoRequests - polls
  if (came < least) problems.push(`${came} polls came while the disk was full, of ${least} at least`)
  if (crew.seen.total === 0) problems.push('nothing was written')
}

async function awaitRecovery(disaster: Disaster): Promise<void> {
  const { crew } = disaster
  const begun = performance.now()
  const before = crew.acknowledged
  const more = () => crew.acknowledged >= before + WRITERS
  await until('writes are acknowledged again', more, RECOVERY_LIMIT_MS).catch((error: Error) =>
    disaster.problems.push(error.message)
  )
  disaster.slowestRecoveryMs = Math.max(disaster.slowestRecoveryMs, performance.now() - begun)
}
