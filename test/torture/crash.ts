import type { Context, Outcome } from './part.ts'
import { sleep } from './part.ts'
import { listen } from './socket-listener.ts'
import { createRandom, type Random } from './random.ts'
import { simulate, startBackend, stop, temporaryDirectory, type Running } from './environment.ts'
import { Crew } from './writes/writer-pool.ts'

const SHARE = 6
const WRITERS = 6
const LONGEST_ROUND_MS = 1500

/**
 * Writers change everything at once, and kill -9 ends the backend at a moment that nobody expects. After each start
 * everything that was acknowledged is there, nothing is there in part, and records that point to each other agree.
 */
export async function crash(context: Context): Promise<Outcome> {
  const rounds = Math.max(1, Math.round(context.options.amounts['crash-rounds']))
  const random = createRandom(context.seed)
  const { fleet, reach } = await simulate(context, { devices: SHARE * (WRITERS + 1), bootTimeMs: 50 })
  const DATA_DIR = temporaryDirectory(context)
  const env = { DATA_DIR, POLL_INTERVAL_MS: '1000', TELEMETRY_FLUSH_MS: '200', ...reach }
  const crew = new Crew(context, fleet, SHARE)
  const problems: string[] = []
  let running = await startBackend(context, env)
  await crew.begin(running.client)
  for (let round = 1; round <= rounds && problems.length === 0; round++) {
    context.say(`round ${round} of ${rounds}, ${crew.seen.total} writes`)
    await writeUntilKilled(context, running, crew, random)
    if (round % 10 === 0 || round === rounds) await context.watch.lookInto(DATA_DIR)
    running = await startBackend(context, env)
    const found = await crew.checkStarted(running.client)
    problems.push(...found.map((text) => `round ${round}: ${text}`))
  }
  const failures = crew.seen.words.filter((word) => /^5/.test(word))
  problems.push(...failures.map((word) => `writes were answered with ${word}`))
  await stop(context, running, 'SIGTERM')
  return { done: `${rounds} rounds, ${crew.writers} writers, ${crew.seen.total} writes: ${crew.seen}`, problems }
}

async function writeUntilKilled(context: Context, running: Running, crew: Crew, random: Random): Promise<void> {
  const listener = listen(running.client.url, context.watch)
  let isOver = false
  const writing = crew.write(running.client, () => isOver)
  await sleep(random.below(LONGEST_ROUND_MS))
  running.backend.child.kill('SIGKILL')
  isOver = true
  await writing
  listener.leave()
  await stop(context, running, 'SIGKILL')
}
