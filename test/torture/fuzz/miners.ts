import { WebSocket } from 'ws'
import { listen } from '../socket-listener.ts'
import { sleep, Tally, type Context, type Outcome } from '../part.ts'
import { createRandom, type Random } from '../random.ts'
import { simulateApart } from '../simulator-process.ts'
import {
  adopt,
  devicesOf,
  drainLog,
  startBackend,
  stop,
  temporaryDirectory,
  untilOnline,
  type Running
} from '../environment.ts'
import { startRudeFleet, type RudeMiner } from './hostile-fleet.ts'

const WITNESSES = 20
const MOST_RUDE = 200
const INTERVAL_MS = 2000
const TIMEOUT_MS = 1500
const ONLINE_LIMIT_MS = 120_000
const LOOK_EVERY_MS = 1000
const FATAL = /^\{"level":60/
const COMMANDS = ['restart', 'identify', 'pause', 'resume'] as const

/** Miners whose answers and logs are mutated beside miners that behave: these notice nothing, commands to those end. */
export async function fuzzMiners(context: Context): Promise<Outcome> {
  const total = context.options.amounts['fuzz-answers']
  const random = createRandom(context.seed)
  const witness = await simulateApart(context, WITNESSES)
  const rude = await startRudeFleet(context, Math.max(10, Math.min(MOST_RUDE, Math.round(total / 60))), random)
  const witnesses = witness.macs
  const DISCOVERY_NETWORKS = [witness.reach.DISCOVERY_NETWORKS, ...rude.miners.map(({ address }) => address)].join(',')
  const quick = { POLL_INTERVAL_MS: `${INTERVAL_MS}`, POLL_TIMEOUT_MS: `${TIMEOUT_MS}`, RESTART_GRACE_MS: '1000' }
  const DATA_DIR = temporaryDirectory(context)
  const running = await startBackend(context, { DATA_DIR, ...witness.reach, ...quick, DISCOVERY_NETWORKS })
  const all = [...witnesses, ...rude.miners.map(({ mac }) => mac)]
  await adopt(running.client, all)
  await untilOnline(running.client, witnesses, ONLINE_LIMIT_MS)
  const listeners = [listen(running.client.url, context.watch), listen(running.client.url, context.watch, 'polling')]
  const viewer = new WebSocket(`${running.client.url.replace('http', 'ws')}/logs/stream`)
  viewer.on('message', (data) => context.watch.look('events', '/logs/stream', data.toString()))
  await witness.resetCounters()
  rude.beRude(true)

  const problems: string[] = []
  const commands = new Tally()
  const lag: Lag = { longestMs: 0 }
  const isOver = () => rude.sent.answers >= total || problems.length >= 20
  const commanding = command(running, rude.miners, random, commands, problems, isOver)
  while (!isOver()) {
    context.say(`miners: ${rude.sent.answers} of ${Math.round(total)} answers, ${rude.sent.frames} log frames`)
    problems.push(...(await look(running, witnesses, lag)))
    await sleep(LOOK_EVERY_MS)
  }
  await commanding
  const { p99, max, count } = await witness.intervals(INTERVAL_MS)
  rude.beRude(false)
  for (const listener of listeners) listener.leave()
  viewer.terminate()
  await untilOnline(running.client, all, ONLINE_LIMIT_MS).catch((error: Error) => problems.push(error.message))
  problems.push(...(await end(context, running, DATA_DIR)))
  if (p99 > INTERVAL_MS * 2) problems.push(`the healthy miners were polled each ${p99.toFixed(0)} ms at p99`)
  const healthy = `${WITNESSES} healthy miners: ${count} polls, p99 ${p99.toFixed(0)} ms, max ${max.toFixed(0)} ms of ${INTERVAL_MS} ms, the backend's loop blocked for ${lag.longestMs.toFixed(0)} ms at most`
  const done = `miners: ${rude.sent.answers} answers and ${rude.sent.frames} log frames of ${rude.miners.length} rude miners, commands ${commands}; ${healthy}`
  return { done, problems }
}

/** How long the event loop of the backend was ever blocked. */
interface Lag {
  longestMs: number
}

/** Everything that shows the fleet answers, and the healthy miners are what they are. */
async function look({ client }: Running, witnesses: string[], lag: Lag): Promise<string[]> {
  const paths = [
    '/metrics',
    '/devices/imprint',
    '/devices/imprint?sort=hostname&limit=50',
    '/fleet/history?metric=hashrateHps',
    '/readyz'
  ]
  const answers = await Promise.all(paths.map(async (path) => ({ path, ...(await client.send('GET', path)) })))
  const failed = answers
    .filter(({ status }) => status !== 200)
    .map(({ path, status, text }) => `GET ${path}: ${status} ${text.slice(0, 300)}`)
  const metrics = answers[0]?.text ?? ''
  const lagSeconds = Number(/^nodejs_eventloop_lag_max_seconds (.*)$/m.exec(metrics)?.[1] ?? 0)
  lag.longestMs = Math.max(lag.longestMs, lagSeconds * 1000)
  const fleetHashrate = /^pluto_fleet_hashrate_hashes_per_second (.*)$/m.exec(metrics)?.[1]
  if (!Number.isFinite(Number(fleetHashrate))) failed.push(`the hashrate of the fleet is ${fleetHashrate}`)
  const devices = await devicesOf(client)
  const lost = witnesses.filter((mac) => devices.get(mac)?.state !== 'online')
  return [...failed, ...lost.map((mac) => `the healthy miner ${mac} is ${JSON.stringify(devices.get(mac))}`)]
}

/** Commands to miners that answer nonsense: each has an answer, in bounded time, and it is no failure of the backend. */
async function command(
  { client }: Running,
  miners: RudeMiner[],
  random: Random,
  seen: Tally,
  problems: string[],
  isOver: () => boolean
) {
  while (!isOver()) {
    const { mac, address } = random.pick(miners)
    const [method, path, body] = random.pick([
      ['PATCH', `/devices/${mac}/system`, { info: { frequency: random.between(400, 600) } }],
      ['POST', `/devices/${mac}/system/${random.pick(COMMANDS)}`, undefined],
      ['GET', `/devices/discover?ip=${address}&mac=${mac}`, undefined],
      [
        'POST',
        '/devices/bulk',
        { macs: [mac], action: 'settings', settings: { fanspeed: 50 }, dryRun: random.chance(0.5) }
      ]
    ] as const)
    const { status, code, text } = await client.send(method, path, body)
    seen.add(status)
    if (status === 0 || status === 500) problems.push(`${method} ${path}: ${status} ${code} ${text.slice(0, 300)}`)
    await sleep(50)
  }
}

async function end(context: Context, running: Running, directory: string): Promise<string[]> {
  const fatal = drainLog(context, running).filter((line) => FATAL.test(line))
  const problems = fatal.map((line) => `logged: ${line.slice(0, 500)}`)
  const code = await stop(context, running, 'SIGTERM')
  if (code !== 0) problems.push(`the backend ended with ${code}`)
  await context.watch.lookInto(directory)
  return problems
}
