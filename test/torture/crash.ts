import type { Context, Outcome } from './part.ts'
import { sleep } from './part.ts'
import { listen } from './socket-listener.ts'
import { createRandom, type Random } from './random.ts'
import { simulate, startBackend, stop, temporaryDirectory, type Running } from './environment.ts'
import { WriterPool } from './writes/writer-pool.ts'

const SHARE = 6
const WRITERS = 6
const LONGEST_ROUND_MS = 1500

/**
 * Writers change everything concurrently, and kill -9 ends the backend at a random moment. After each start all acknowledged
 * writes are present, no write is present in part, and records that refer to each other agree.
 */
export async function crash(context: Context): Promise<Outcome> {
  const rounds = Math.max(1, Math.round(context.options.amounts['crash-rounds']))
  const random = createRandom(context.seed)
  const { fleet, reach } = await simulate(context, { devices: SHARE * (WRITERS + 1), bootTimeMs: 50 })
  const DATA_DIR = temporaryDirectory(context)
  const env = { DATA_DIR, POLL_INTERVAL_MS: '1000', TELEMETRY_FLUSH_MS: '200', ...reach }
  const pool = new WriterPool(context, fleet, SHARE)
  const problems: string[] = []
  let running = await startBackend(context, env)
  await pool.begin(running.client)
  for (let round = 1; round <= rounds && problems.length === 0; round++) {
    context.progress(`round ${round} of ${rounds}, ${pool.seen.total} writes`)
    await writeUntilKilled(context, running, pool, random)
    if (round % 10 === 0 || round === rounds) await context.watch.searchDirectory(DATA_DIR)
    running = await startBackend(context, env)
    const found = await pool.checkStarted(running.client)
    problems.push(...[...found, ...(await lostIn(running))].map((text) => `round ${round}: ${text}`))
  }
  const failures = pool.seen.words.filter((word) => /^5/.test(word))
  problems.push(...failures.map((word) => `writes were answered with ${word}`))
  await stop(context, running, 'SIGTERM')
  return { done: `${rounds} rounds, ${pool.writers} writers, ${pool.seen.total} writes: ${pool.seen}`, problems }
}

/** A kill -9 loses nothing, so no start may say that something is lost. */
export async function lostIn({ client }: Running): Promise<string[]> {
  const { body } = await client.send('GET', '/readyz')
  const { lost } = (body as { store: { lost: number } }).store
  return lost === 0 ? [] : [`the start says that ${lost} commits are lost`]
}

async function writeUntilKilled(context: Context, running: Running, pool: WriterPool, random: Random): Promise<void> {
  const listener = listen(running.client.url, context.watch)
  let isOver = false
  const writing = pool.write(running.client, () => isOver)
  await sleep(random.below(LONGEST_ROUND_MS))
  running.backend.child.kill('SIGKILL')
  isOver = true
  await writing
  listener.leave()
  await stop(context, running, 'SIGKILL')
}
