import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { discover, discovered } from '../discovery/service.ts'
import { faultNames, isFaultName } from '../faults.ts'
import type { Fleet } from '../fleet/fleet.ts'
import { parseJson, type Fields } from '../json.ts'
import type { DiscoveryOptions, Miner, Simulator } from '../types.ts'
import { bodyOf, ControlError, minerActions, setDiscovery, summaryOf, swap, detailsOf } from './actions.ts'

const help = {
  'GET /fleet': 'a summary of all miners',
  'GET /miners/:mac': 'everything about one miner: info, secrets, writes, connections',
  'POST /miners/:mac/faults': `{ fault, ...params }; fault is one of ${faultNames.join(', ')}`,
  'DELETE /miners/:mac/faults[/:name]': 'clears all faults, or one of them',
  'POST /miners/:mac/reboot': '{ bootTimeMs? }',
  'POST /miners/:mac/rename': '{ hostname }',
  'POST /miners/:mac/power': '{ on: boolean }',
  'POST /miners/:mac/override': 'sets fields of the info answer',
  'POST /miners/:mac/claimMac': '{ mac }: answers with the MAC of another miner; null ends it',
  'POST /miners/:mac/move': '{ ip } in 127.0.0.0/8',
  'POST /swap': '{ a, b }: swaps the addresses of two miners',
  'GET /counters?intervalMs=5000': 'requests, intervals and missed polls, fleet-wide and per miner',
  'POST /counters/reset': 'resets all counters',
  'POST /discovery': '{ delayMs?, down?, unknownMac? }: behaviour of the two routes below',
  'GET /discover?ip=&mac=': 'the external discovery service: scans now',
  'GET /discovered?macs=&ips=&hostnames=&partialMacs=&partialIps=&partialHostnames=':
    'the external discovery service: results of earlier scans'
}

interface Call {
  parts: string[]
  query: URLSearchParams
  body: () => Promise<Fields>
}

/**
 * Creates the control API, which also plays the external discovery service. Answers are JSON. Invalid input is answered with 400,
 * an unknown miner or route with 404, both as `{ error }`.
 */
export function createControl(simulator: Simulator, fleet: Fleet, discovery: DiscoveryOptions): Server {
  const calls: Record<string, (call: Call) => unknown> = {
    'GET /': () => help,
    'GET /fleet': () => simulator.miners.map(summaryOf),
    'POST /swap': async ({ body }) => swap(simulator, await body()),
    'GET /counters': ({ query }) => simulator.counters(intervalOf(query)),
    'POST /counters/reset': () => simulator.resetCounters() ?? {},
    'POST /discovery': async ({ body }) => setDiscovery(simulator, await body()) ?? discovery,
    'GET /discover': ({ query }) => answerDiscovery(() => discover(fleet, query, simulator.port, discovery)),
    'GET /discovered': ({ query }) => answerDiscovery(() => discovered(fleet, query, simulator.port))
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
    if (first === 'miners' && second !== undefined) return answerForMiner(req.method, minerOf(second), call)
    const answer = calls[`${req.method} /${parts.join('/')}`]
    if (!answer) throw new ControlError(404, `unknown route ${req.method} ${path}; GET / lists all routes`)
    return answer(call)
  }

  function minerOf(key: string): Miner {
    try {
      return simulator.miner(key)
    } catch (error) {
      throw new ControlError(404, error instanceof Error ? error.message : String(error))
    }
  }

  async function answerDiscovery(find: () => Fields[]): Promise<Fields[]> {
    if (discovery.delayMs > 0) await wait(discovery.delayMs, undefined, { ref: false })
    if (discovery.down) throw new ControlError(500, 'the discovery service is down')
    return find()
  }
}

async function answerForMiner(method = 'GET', miner: Miner, { parts, body }: Call): Promise<unknown> {
  const [, , action, name] = parts
  if (method === 'GET' && action === undefined) return detailsOf(miner)
  if (method === 'DELETE' && action === 'faults') return endFaults(miner, name)
  const act = method === 'POST' && name === undefined && minerActions[action ?? '']
  if (!act) throw new ControlError(404, `unknown route ${method} /${parts.join('/')}; GET / lists all routes`)
  act(miner, await body())
  return summaryOf(miner)
}

function endFaults(miner: Miner, name: string | undefined): Fields {
  if (name !== undefined && !isFaultName(name)) throw new ControlError(400, `"${name}" is not a fault`)
  miner.clearFaults(name)
  return summaryOf(miner)
}

function intervalOf(query: URLSearchParams): number {
  const intervalMs = Number(query.get('intervalMs') ?? 5000)
  if (intervalMs > 0) return intervalMs
  throw new ControlError(400, `"intervalMs" must be a number greater than 0, got "${query.get('intervalMs')}"`)
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
