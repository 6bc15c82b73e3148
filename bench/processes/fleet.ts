import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { request } from 'undici'
import type { Counters, MinerCounters } from '../../src/simulator/types.ts'
import { pidOf, startNode, stop } from './children.ts'
import type { Options } from '../options.ts'

const SIMULATOR = join(import.meta.dirname, '../../src/simulator')
const INSIDE = join(import.meta.dirname, 'instrument.ts')
/** More miners than that do not make the delays of events any better known. */
const MOST_CLOCKS = 200
const LOOKS_AT_A_CLOCK = 3

export type MinerSummary = Pick<MinerCounters, 'mac' | 'ip'> & { address: string; profile: string }
export type Fleet = Awaited<ReturnType<typeof startFleet>>

/** Another part of the fleet: a process of its own, at other addresses and with other MACs. */
export interface Place {
  name: string
  devices: number
  firstAddress: string
  seed: number
}

/** Starts the simulator as a process of its own, and gives what its control API can do. */
export async function startFleet(options: Options, directory: string, place: Partial<Place> = {}) {
  const { name = 'fleet', devices = options.devices, firstAddress = '127.0.1.1', seed = 1 } = place
  const arpTableFile = join(directory, `${name}.arp`)
  const args = ['--import', INSIDE, 'main.ts', '--port', '0', '--control-port', '0', '--arp-table', arpTableFile]
  args.push('--devices', String(devices), '--first-address', firstAddress, '--seed', String(seed))
  args.push('--latency', String(options.latencyMs), '--profiles', options.profiles)
  const child = startNode(args, { cwd: SIMULATOR, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  const { networks, controlUrl } = await readAnnouncement(child.stdout)

  async function call<T>(path: string, method: 'GET' | 'POST' = 'GET', body?: unknown): Promise<T> {
    const answer = await request(`${controlUrl}${path}`, {
      method,
      body: body === undefined ? null : JSON.stringify(body)
    })
    if (answer.statusCode === 200) return (await answer.body.json()) as T
    throw new Error(`the simulator refuses ${method} ${path}: ${await answer.body.text()}`)
  }

  return {
    pid: pidOf(child),
    networks,
    arpTableFile,
    miners: await call<MinerSummary[]>('/fleet'),
    reset: () => call<unknown>('/counters/reset', 'POST'),
    counters: () => call<Counters>(`/counters?intervalMs=${options.intervalMs}`),
    fault: (mac: string, fault: string) => call<unknown>(`/miners/${mac}/faults`, 'POST', { fault }),
    info: async (mac: string) => (await call<{ info: Record<string, unknown> }>(`/miners/${mac}`)).info,
    stop: () => stop(child)
  }
}

async function readAnnouncement(output: NodeJS.ReadableStream | null) {
  if (!output) throw new Error('the simulator has no output')
  const lines: string[] = []
  for await (const line of createInterface({ input: output })) {
    lines.push(line)
    const controlUrl = /^Control: (\S+)\/$/.exec(line)?.[1]
    const networks = /DISCOVERY_NETWORKS=(\S+)/.exec(lines.join('\n'))?.[1]
    if (controlUrl && networks) return { controlUrl, networks }
  }
  throw new Error('the simulator has ended before it listened')
}

/**
 * When miners whose answers tell the milliseconds since their start (`hashRateTimestamp`, AXEOS.md 2.1) were started, by
 * MAC, in ms since the epoch: with it, an answer tells when it was given.
 */
export async function clocksOf(fleet: Fleet): Promise<Record<string, number>> {
  const examples = new Map(fleet.miners.map((miner) => [miner.profile, miner.mac]))
  const telling = new Set<string>()
  for (const [profile, mac] of examples) if ('hashRateTimestamp' in (await fleet.info(mac))) telling.add(profile)
  const miners = fleet.miners.filter(({ profile }) => telling.has(profile)).slice(0, MOST_CLOCKS)
  const clocks: Record<string, number> = {}
  for (const { mac } of miners) clocks[mac] = await startOf(fleet, mac)
  return clocks
}

/** The answer was made between question and answer: of several looks the narrowest common range counts. */
async function startOf(fleet: Fleet, mac: string): Promise<number> {
  let earliest = -Infinity
  let latest = Infinity
  for (let look = 0; look < LOOKS_AT_A_CLOCK; look++) {
    const asked = Date.now()
    const age = Number((await fleet.info(mac))['hashRateTimestamp'])
    earliest = Math.max(earliest, asked - age)
    latest = Math.min(latest, Date.now() - age)
  }
  return (earliest + latest) / 2
}
