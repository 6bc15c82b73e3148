import { readdirSync, renameSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../helper.ts'
import { lostIn } from './crash.ts'
import { simulate, startBackend, stop, temporaryDirectory, type Running } from './environment.ts'
import { sleep, Tally, type Context, type Outcome } from './part.ts'
import { createRandom, type Random } from './random.ts'
import { WriterPool } from './writes/writer-pool.ts'

const SHARE = 4
const WRITERS = 4
const HEAL_LIMIT_MS = 30_000
const EXPECTED = 'PLUTO_STORE_WRITE'

type Harm = (dataDir: string) => void | Promise<void>

const pathOf = (dataDir: string, kind: RegExp) => {
  const location = join(dataDir, 'store')
  return join(location, readdirSync(location).find((name) => kind.test(name)) ?? 'none')
}
const drop = (kind: RegExp) => (dataDir: string) => rmSync(pathOf(dataDir, kind), { force: true })

const HARMS: Record<string, Harm> = {
  'store deleted': (dataDir) => rmSync(join(dataDir, 'store'), { recursive: true, force: true, maxRetries: 5 }),
  'store moved for a while': async (dataDir) => {
    renameSync(join(dataDir, 'store'), join(dataDir, 'away'))
    await sleep(500)
    renameSync(join(dataDir, 'away'), join(dataDir, 'store'))
  },
  'key deleted': (dataDir) => rmSync(join(dataDir, 'secrets.key'), { force: true }),
  'log cut off': (dataDir) => truncateSync(pathOf(dataDir, /log$/), 0),
  'log deleted': drop(/log$/),
  'CURRENT deleted': drop(/^CURRENT$/),
  'MANIFEST deleted': drop(/^MANIFEST/),
  'LOCK deleted': drop(/^LOCK$/)
}

/**
 * Writers change everything concurrently while files of the store are deleted, moved or cut off. The backend heals without a
 * restart, and after a kill -9 every acknowledged write is present.
 */
export async function store(context: Context): Promise<Outcome> {
  const rounds = Math.max(1, Math.round(context.options.amounts['store-rounds']))
  const random = createRandom(context.seed)
  const { fleet, reach } = await simulate(context, { devices: SHARE * (WRITERS + 1), bootTimeMs: 50 })
  const DATA_DIR = join(temporaryDirectory(context), 'data')
  const env = { DATA_DIR, POLL_INTERVAL_MS: '1000', TELEMETRY_FLUSH_MS: '500', ...reach }
  const pool = new WriterPool(context, fleet, SHARE)
  const [problems, done]: [string[], Tally] = [[], new Tally()]
  let running = await startBackend(context, env)
  await pool.begin(running.client)
  for (let round = 1; round <= rounds && problems.length === 0; round++) {
    context.progress(`round ${round} of ${rounds}, ${pool.seen.total} writes: ${pool.seen}`)
    const name = random.pick(Object.keys(HARMS))
    done.add(name)
    const found = await harmWhileWriting(running, pool, random, () => HARMS[name]?.(DATA_DIR))
    await stop(context, running, 'SIGKILL')
    running = await startBackend(context, env)
    found.push(...(await pool.checkStarted(running.client)), ...(await lostIn(running)))
    problems.push(...found.map((text) => `round ${round} (${name}): ${text}`))
  }
  await stop(context, running, 'SIGTERM')
  const failures = pool.seen.words.filter(
    (word) => /^5/.test(word) && !word.split(' ').some((part) => part === EXPECTED || part === '503')
  )
  problems.push(...failures.map((word) => `writes were answered with ${word}`))
  return { done: `${rounds} rounds: ${done}; ${pool.seen.total} writes: ${pool.seen}`, problems }
}

/** Does harm during writes, and waits until writes are acknowledged again. @returns the problems */
async function harmWhileWriting(running: Running, pool: WriterPool, random: Random, harm: () => void | Promise<void>) {
  let isOver = false
  const writing = pool.write(running.client, () => isOver)
  await sleep(random.between(100, 600))
  await harm()
  await sleep(2500)
  const before = pool.acknowledged
  const healed = until('writes are acknowledged again', () => pool.acknowledged >= before + WRITERS, HEAL_LIMIT_MS)
  const problems = await healed.then(
    () => [],
    (error: Error) => [error.message]
  )
  isOver = true
  await writing
  return [...problems, ...(await pool.checkLive(running.client))]
}
