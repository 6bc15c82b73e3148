import { WebSocket } from 'ws'
import { listen } from '../socket-listener.ts'
import { sleep, Tally, type Context, type Outcome } from '../part.ts'
import { createRandom, type Random } from '../random.ts'
import { startSimulatorProcess } from '../simulator-process.ts'
import {
  devicesOf,
  drainLog,
  imprintAll,
  startBackend,
  stop,
  temporaryDirectory,
  untilOnline,
  type Running
} from '../environment.ts'
import { startHostileFleet, type HostileMiner } from './hostile-fleet.ts'

const HEALTHY = 20
const MOST_HOSTILE = 200
const INTERVAL_MS = 2000
const TIMEOUT_MS = 1500
const ONLINE_LIMIT_MS = 120_000
const CHECK_EVERY_MS = 1000
const FATAL = /^\{"level":60/
const COMMANDS = ['restart', 'identify', 'pause', 'resume'] as const

/** Runs hostile miners, whose answers and logs are mutated, beside healthy ones: the healthy are not affected, and commands to the hostile end. */
export async function fuzzMiners(context: Context): Promise<Outcome> {
  const total = context.options.amounts['fuzz-answers']
  const random = createRandom(context.seed)
  const simulator = await startSimulatorProcess(context, HEALTHY)
  const hostile = await startHostileFleet(context, Math.max(10, Math.min(MOST_HOSTILE, Math.round(total / 60))), random)
  const healthyMacs = simulator.macs
  const DISCOVERY_NETWORKS = [simulator.reach.DISCOVERY_NETWORKS, ...hostile.miners.map(({ address }) => address)].join(
    ','
  )
  const quick = { POLL_INTERVAL_MS: `${INTERVAL_MS}`, POLL_TIMEOUT_MS: `${TIMEOUT_MS}`, RESTART_GRACE_MS: '1000' }
  const DATA_DIR = temporaryDirectory(context)
  const running = await startBackend(context, { DATA_DIR, ...simulator.reach, ...quick, DISCOVERY_NETWORKS })
  const all = [...healthyMacs, ...hostile.miners.map(({ mac }) => mac)]
  await imprintAll(running.client, all)
  await untilOnline(running.client, healthyMacs, ONLINE_LIMIT_MS)
  const listeners = [listen(running.client.url, context.watch), listen(running.client.url, context.watch, 'polling')]
  const viewer = new WebSocket(`${running.client.url.replace('http', 'ws')}/logs/stream`)
  viewer.on('message', (data) => context.watch.search('events', '/logs/stream', data.toString()))
  await simulator.resetCounters()
  hostile.setHostile(true)

  const problems: string[] = []
  const commands = new Tally()
  const lag: Lag = { longestMs: 0 }
  const isOver = () => hostile.sent.answers >= total || problems.length >= 20
  const sending = sendCommands(running, hostile.miners, random, commands, problems, isOver)
  while (!isOver()) {
    context.progress(
      `miners: ${hostile.sent.answers} of ${Math.round(total)} answers, ${hostile.sent.frames} log frames`
    )
    problems.push(...(await checkFleet(running, healthyMacs, lag)))
    await sleep(CHECK_EVERY_MS)
  }
  await sending
  const { p99, max, count } = await simulator.intervals(INTERVAL_MS)
  hostile.setHostile(false)
  for (const listener of listeners) listener.leave()
  viewer.terminate()
  await untilOnline(running.client, all, ONLINE_LIMIT_MS).catch((error: Error) => problems.push(error.message))
  problems.push(...(await stopAndCheck(context, running, DATA_DIR)))
  if (p99 > INTERVAL_MS * 2) problems.push(`the healthy miners were polled each ${p99.toFixed(0)} ms at p99`)
  const healthy = `${HEALTHY} healthy miners: ${count} polls, p99 ${p99.toFixed(0)} ms, max ${max.toFixed(0)} ms of ${INTERVAL_MS} ms, the backend's loop blocked for at most ${lag.longestMs.toFixed(0)} ms`
  const done = `miners: ${hostile.sent.answers} answers and ${hostile.sent.frames} log frames of ${hostile.miners.length} hostile miners, commands ${commands}; ${healthy}`
  return { done, problems }
}

/** The longest delay of the backend's event loop. */
interface Lag {
  longestMs: number
}

/** Checks that all views of the fleet answer, and that the healthy miners are online. */
async function checkFleet({ client }: Running, healthyMacs: string[], lag: Lag): Promise<string[]> {
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
  const lost = healthyMacs.filter((mac) => devices.get(mac)?.state !== 'online')
  return [...failed, ...lost.map((mac) => `the healthy miner ${mac} is ${JSON.stringify(devices.get(mac))}`)]
}

/** Sends commands to hostile miners: each is answered in bounded time, and not with an error of the backend. */
async function sendCommands(
  { client }: Running,
  miners: HostileMiner[],
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

async function stopAndCheck(context: Context, running: Running, directory: string): Promise<string[]> {
  const fatal = drainLog(context, running).filter((line) => FATAL.test(line))
  const problems = fatal.map((line) => `logged: ${line.slice(0, 500)}`)
  const code = await stop(context, running, 'SIGTERM')
  if (code !== 0) problems.push(`the backend ended with ${code}`)
  await context.watch.searchDirectory(directory)
  return problems
}
