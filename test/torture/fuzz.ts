import { fuzzMiners } from './fuzz/miners.ts'
import { fuzzRest } from './fuzz/rest.ts'
import { fuzzSockets } from './fuzz/sockets.ts'
import type { Context, Outcome } from './part.ts'
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

const ONLINE_LIMIT_MS = 120_000
const FATAL = /^\{"level":60/

/** Sends random input from all sides: clients over REST and sockets, then miners. Each request is answered, and nothing crashes. */
export async function fuzz(context: Context): Promise<Outcome> {
  const clients = await fuzzClients(context)
  const miners = await fuzzMiners(context)
  return { done: `${clients.done}; ${miners.done}`, problems: [...clients.problems, ...miners.problems] }
}

async function fuzzClients(context: Context): Promise<Outcome> {
  const { fleet, reach } = await simulate(context, { devices: 24, bootTimeMs: 50 })
  const DATA_DIR = temporaryDirectory(context)
  const quick = {
    POLL_INTERVAL_MS: '1000',
    POLL_TIMEOUT_MS: '2000',
    DISCOVERY_TIMEOUT_MS: '500',
    RESTART_GRACE_MS: '1000'
  }
  const running = await startBackend(context, { DATA_DIR, DISCOVERY_MDNS: 'false', ...quick, ...reach })
  const macs = fleet.miners.map(({ mac }) => mac)
  await imprintAll(running.client, macs)
  const rest = await fuzzRest(context, running, fleet)
  await imprintAgain(running, macs)
  const sockets = await fuzzSockets(context, running, macs)
  const problems = [...rest.problems, ...sockets.problems]
  await untilOnline(running.client, macs, ONLINE_LIMIT_MS).catch((error: Error) => problems.push(error.message))
  const fatal = drainLog(context, running).filter((line) => FATAL.test(line))
  problems.push(...fatal.map((line) => `logged: ${line.slice(0, 500)}`))
  const code = await stop(context, running, 'SIGTERM')
  if (code !== 0) problems.push(`the backend ended with ${code}`)
  await context.watch.searchDirectory(DATA_DIR)
  return { done: `${rest.done}; ${sockets.done}`, problems }
}

/** Imprints all miners again: the requests may have changed their addresses or stopped their monitoring. */
async function imprintAgain({ client }: Running, macs: string[]): Promise<void> {
  for (const mac of macs) await client.send('DELETE', `/devices/imprint/${mac}`)
  await imprintAll(client, macs)
}
