import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { sleep, type Context, type Outcome } from './part.ts'
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
const HEAP_MEGABYTES = 512
/** The heap, its limit of unsent bytes, and what Node.js itself takes. */
const MAX_RESIDENT_MEGABYTES = 1200
/** The attackers take their share of the same processors. */
const MAX_HEALTH_MS = 5000
const ATTACKS = [
  { path: '/metrics', connections: 12, pipelined: 500 },
  { path: '/metrics', connections: 400, pipelined: 20 },
  { path: '/devices/imprint', connections: 100, pipelined: 100 }
]

/** Clients pipeline requests and read no answer: the backend lives within its memory, and answers its health check. */
export async function unread(context: Context): Promise<Outcome> {
  const { 'unread-seconds': seconds, 'unread-miners': devices } = context.options.amounts
  const { fleet, reach } = await simulate(context, { devices, latencyMs: 20 })
  const env = {
    DATA_DIR: temporaryDirectory(context),
    NODE_OPTIONS: `--max-old-space-size=${HEAP_MEGABYTES}`,
    MAX_CONNECTIONS_PER_ADDRESS: '1000',
    ...reach
  }
  const running = await startBackend(context, env)
  const macs = fleet.miners.map(({ mac }) => mac)
  await imprintAll(running.client, macs)
  await untilOnline(running.client, macs, ONLINE_LIMIT_MS)
  const done: string[] = []
  const problems: string[] = []
  for (const attack of ATTACKS) {
    const { text, found } = await runAttack(context, running, attack, (seconds * 1000) / ATTACKS.length)
    done.push(text)
    problems.push(...found)
  }
  drainLog(context, running)
  const online = await untilOnline(running.client, macs, ONLINE_LIMIT_MS).catch(() => null)
  if (online === null) problems.push('devices are not online after the attacks')
  if ((await stop(context, running, 'SIGTERM')) !== 0) problems.push('the backend did not end with 0')
  return { done: `${devices} miners; ${done.join('; ')}`, problems }
}

async function runAttack(
  context: Context,
  running: Running,
  { path, connections, pipelined }: (typeof ATTACKS)[number],
  lengthMs: number
) {
  const name = `${connections} connections × ${pipelined} ${path}`
  const { port } = new URL(running.client.url)
  const sockets = new Set<Socket>()
  const attack = () => {
    while (sockets.size < connections) sockets.add(openUnread(Number(port), path, pipelined, sockets))
  }
  const found: string[] = []
  let residentMegabytes = 0
  let healthMs = 0
  const endsAt = performance.now() + lengthMs
  while (performance.now() < endsAt) {
    attack()
    context.progress(`${name}, RSS ${residentMegabytes.toFixed(0)} MB, health after ${healthMs.toFixed(0)} ms`)
    const askedAt = performance.now()
    const { status } = await running.client.send('GET', '/healthz')
    if (status !== 200) found.push(`${name}: GET /healthz was answered with ${status}`)
    healthMs = Math.max(healthMs, performance.now() - askedAt)
    if (running.backend.child.exitCode !== null || running.backend.child.signalCode !== null) {
      found.push(`${name}: the backend ended`)
      break
    }
    residentMegabytes = Math.max(residentMegabytes, residentOf(running.pid))
    await sleep(100)
  }
  for (const socket of sockets) socket.destroy()
  if (residentMegabytes > MAX_RESIDENT_MEGABYTES) found.push(`${name}: RSS rose to ${residentMegabytes.toFixed(0)} MB`)
  if (healthMs > MAX_HEALTH_MS) found.push(`${name}: GET /healthz took ${healthMs.toFixed(0)} ms`)
  return { text: `${name}: RSS ${residentMegabytes.toFixed(0)} MB, health ${healthMs.toFixed(0)} ms`, found }
}

/** A connection that sends its requests at once and reads nothing; one that is closed is replaced. */
function openUnread(port: number, path: string, pipelined: number, sockets: Set<Socket>): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.pause()
  socket.on('error', () => undefined)
  socket.once('close', () => sockets.delete(socket))
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`.repeat(pipelined))
  return socket
}

function residentOf(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}
