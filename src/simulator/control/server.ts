import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { discover, discovered } from '../discovery/service.ts'
import { faultNames, isFaultName } from '../faults.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { parseJson } from '../json.ts'
import type { DiscoveryOptions, Fields, Miner, Simulator } from '../types.ts'
import { bodyOf, ControlError, minerActions, setDiscovery, summaryOf, swap, truthOf } from './actions.ts'

const help = {
  'GET /fleet': 'all miners in short',
  'GET /miners/:mac': 'the truth about one: info, secrets, writes, connections',
  'POST /miners/:mac/faults': `{ fault, ...params }; fault is one of ${faultNames.join(', ')}`,
  'DELETE /miners/:mac/faults[/:name]': 'ends all faults, or one',
  'POST /miners/:mac/reboot': '{ bootTimeMs? }',
  'POST /miners/:mac/rename': '{ hostname }',
  'POST /miners/:mac/power': '{ on: boolean }',
  'POST /miners/:mac/override': 'fields of the info answer',
  'POST /miners/:mac/move': '{ ip } in 127.0.0.0/8',
  'POST /swap': '{ a, b }: exchanges the addresses of two miners',
  'GET /counters?intervalMs=5000': 'requests, intervals and missed polls, fleet-wide and per miner',
  'POST /counters/reset': 'starts counting from zero',
  'POST /discovery': '{ delayMs?, down?, unknownMac? }: behaviour of the two below',
  'GET /discover?ip=&mac=': 'the external discovery service: a scan',
  'GET /discovered?macs=&ips=&hostnames=&partialMacs=&partialIps=&partialHostnames=': 'the same: what was found before'
}

interface Call {
  parts: string[]
  query: URLSearchParams
  body: () => Promise<Fields>
}

/**
 * The control API, which is the simulated discovery service too. Answers JSON; wrong input gives 400 and unknown things 404 with
 * `{ error }`.
 */
export function createControl(simulator: Simulator, fleet: Fleet, discovery: DiscoveryOptions): Server {
  const calls: Record<string, (call: Call) => unknown> = {
    'GET /': () => help,
    'GET /fleet': () => simulator.miners.map(summaryOf),
    'POST /swap': async ({ body }) => swap(simulator, await body()),
    'GET /counters': ({ query }) => simulator.counters(intervalOf(query)),
    'POST /counters/reset': () => simulator.resetCounters() ?? {},
    'POST /discovery': async ({ body }) => setDiscovery(simulator, await body()) ?? discovery,
    'GET /discover': ({ query }) => atDiscovery(() => discover(fleet, query, simulator.port, discovery)),
    'GET /discovered': ({ query }) => atDiscovery(() => discovered(fleet, query, simulator.port))
  }
  return createServer((req, res) => {
    res.on('error', () => req.destroy())
    handle(req).then(
      (value) => reply(res, 200, value),
      (error: unknown) => reply(res, statusOf(error), { error: error instanceof Error ? error.message : String(error) })
    )
  })

  async function handle(req: IncomingMessage): Promise<unknown> {
    const [path = '/', query = ''] = (req.url ?? '/').split('?')
    const parts = path.split('/').filter(Boolean).map(decode)
    const body = async (): Promise<Fields> => bodyOf(parseJson((await text(req)) || '{}'))
    const call = { parts, query: new URLSearchParams(query), body }
    const [first = '', second] = parts
    if (first === 'miners' && second !== undefined) return atMiner(req.method, minerOf(second), call)
    const answer = calls[`${req.method} /${parts.join('/')}`]
    if (!answer) throw new ControlError(404, `there is no ${req.method} ${path}; GET / lists what there is`)
    return answer(call)
  }

  function minerOf(key: string): Miner {
    try {
      return simulator.miner(key)
    } catch (error) {
      throw new ControlError(404, error instanceof Error ? error.message : String(error))
    }
  }

  async function atDiscovery(find: () => Fields[]): Promise<Fields[]> {
    if (discovery.delayMs > 0) await wait(discovery.delayMs, undefined, { ref: false })
    if (discovery.down) throw new ControlError(500, 'the discovery service is down')
    return find()
  }
}

async function atMiner(method = 'GET', miner: Miner, { parts, body }: Call): Promise<unknown> {
  const [, , action, name] = parts
  if (method === 'GET' && action === undefined) return truthOf(miner)
  if (method === 'DELETE' && action === 'faults') return endFaults(miner, name)
  const act = method === 'POST' && name === undefined && minerActions[action ?? '']
  if (!act) throw new ControlError(404, `there is no ${method} /${parts.join('/')}; GET / lists what there is`)
  act(miner, await body())
  return summaryOf(miner)
}

function endFaults(miner: Miner, name: string | undefined): Fields {
  if (name !== undefined && !isFaultName(name)) throw new ControlError(400, `"${name}" is no fault`)
  miner.clearFaults(name)
  return summaryOf(miner)
}

function intervalOf(query: URLSearchParams): number {
  const intervalMs = Number(query.get('intervalMs') ?? 5000)
  if (intervalMs > 0) return intervalMs
  throw new ControlError(400, `"intervalMs" must be a number above 0, got "${query.get('intervalMs')}"`)
}

function statusOf(error: unknown): number {
  if (error instanceof ControlError) return error.status
  return error instanceof RangeError ? 400 : 500
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function reply(res: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value)
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  res.end(body)
}
