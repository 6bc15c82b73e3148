import { join } from 'node:path'
import type { Simulator } from '../../src/simulator/types.ts'
import { until } from '../helper.ts'
import { sleep, Tally, type Context, type Outcome } from './part.ts'
import { createRandom, type Random } from './random.ts'
import { SmallDisk } from './small-disk.ts'
import { simulate, startBackend, stop, type Running } from './environment.ts'
import { WriterPool } from './writes/writer-pool.ts'

const SHARE = 4
const WRITERS = 4
const RECOVERY_LIMIT_MS = 30_000
const KINDS = ['full', 'full', 'read-only', 'killed while full'] as const

interface DiskTrial {
  context: Context
  pool: WriterPool
  disk: SmallDisk
  fleet: Simulator
  random: Random
  problems: string[]
  done: Tally
  /** The longest time from free space on the disk to the next acknowledged write, ms. */
  slowestRecoveryMs: number
}

/**
 * Writers change everything concurrently while the disk fills up, becomes read-only, and has free space again. No acknowledged
 * write is lost, polling continues, and writes recover without a restart.
 */
export async function disk(context: Context): Promise<Outcome> {
  const { amounts, diskCodes } = context.options
  const rounds = Math.max(1, Math.round(amounts['disk-rounds']))
  const random = createRandom(context.seed)
  const { fleet, reach } = await simulate(context, { devices: SHARE * (WRITERS + 1), bootTimeMs: 50 })
  const small = new SmallDisk(context, amounts['disk-megabytes'])
  const env = { DATA_DIR: join(small.directory, 'data'), POLL_INTERVAL_MS: '1000', TELEMETRY_FLUSH_MS: '500', ...reach }
  const pool = new WriterPool(context, fleet, SHARE)
  const shared = { context, pool, disk: small, fleet, random, problems: [], done: new Tally(), slowestRecoveryMs: 0 }
  const trial: DiskTrial = shared
  let running = await startBackend(context, env)
  await pool.begin(running.client)
  for (let round = 1; round <= rounds && trial.problems.length === 0; round++) {
    context.progress(`round ${round} of ${rounds}, ${pool.seen.total} writes: ${pool.seen}`)
    await runRound(trial, running)
    await stop(context, running, 'SIGKILL')
    small.free()
    running = await startBackend(context, env)
    const found = await pool.checkStarted(running.client)
    trial.problems.push(...found.map((text) => `round ${round}: after kill -9: ${text}`))
  }
  await stop(context, running, 'SIGTERM')
  await context.watch.searchDirectory(env.DATA_DIR)
  return { done: describe(trial), problems: [...trial.problems, ...undocumented(pool.seen, diskCodes)] }
}

function describe({ done, pool, slowestRecoveryMs }: DiskTrial): string {
  return `${done}; ${pool.seen.total} writes: ${pool.seen}; slowest recovery ${(slowestRecoveryMs / 1000).toFixed(1)} s`
}

/** Failures that are not documented as an answer to a write. */
function undocumented(seen: Tally, codes: string[]): string[] {
  const failures = seen.words.filter((word) => /^5/.test(word))
  const isExpected = (word: string) => codes.some((code) => word.split(' ').includes(code))
  return failures.filter((word) => !isExpected(word)).map((word) => `writes were answered with ${word}`)
}

/** One round: the disk fills up during writes. Unless the backend is killed, its state is compared while it runs. */
async function runRound(trial: DiskTrial, running: Running): Promise<void> {
  const { context, pool, disk: small, random, done, problems } = trial
  const kind = random.pick(KINDS)
  let isOver = false
  const writing = pool.write(running.client, () => isOver)
  await sleep(random.between(100, 600))
  small.fill(random.below(12))
  await keepDiskFull(trial, running, kind === 'read-only')
  done.add(kind)
  if (kind === 'killed while full') {
    running.backend.child.kill('SIGKILL')
    isOver = true
    return writing
  }
  small.free()
  await awaitRecovery(trial)
  isOver = true
  await writing
  const found = await pool.checkLive(running.client).catch((error: Error) => [error.message])
  problems.push(...found.map((text) => `while running: ${text}`))
  context.progress(`${kind} is over`)
}

/** Keeps the disk full, and checks that polls and answers continue. */
async function keepDiskFull(
  { pool, disk: small, fleet, random, problems, done }: DiskTrial,
  running: Running,
  readOnly: boolean
) {
  const begun = performance.now()
  const lengthMs = random.between(1500, 4000)
  const polls = fleet.counters().infoRequests
  let isReadOnly = false
  while (performance.now() - begun < lengthMs) {
    if (!isReadOnly) small.fill(0)
    // The kernel allows this while the store is closed, as between two attempts after a failed write.
    if (readOnly && !isReadOnly) isReadOnly = small.remount('ro')
    if ((await running.client.send('GET', '/devices/imprint?fields=state')).status !== 200)
      problems.push('the list of devices was not answered while the disk was full')
    await sleep(50)
  }
  if (isReadOnly) done.add('remounted read-only')
  if (isReadOnly && !small.remount('rw')) problems.push('the disk could not be made writable again')
  const least = fleet.miners.length * Math.floor(lengthMs / 1000 - 1)
  const came = fleet.counters().infoRequests - polls
  if (came < least) problems.push(`${came} polls arrived while the disk was full, expected at least ${least}`)
  if (pool.seen.total === 0) problems.push('nothing was written')
}

async function awaitRecovery(trial: DiskTrial): Promise<void> {
  const { pool } = trial
  const begun = performance.now()
  const before = pool.acknowledged
  const more = () => pool.acknowledged >= before + WRITERS
  await until('writes are acknowledged again', more, RECOVERY_LIMIT_MS).catch((error: Error) =>
    trial.problems.push(error.message)
  )
  trial.slowestRecoveryMs = Math.max(trial.slowestRecoveryMs, performance.now() - begun)
}
