import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { request } from 'undici'
import type { Counters, MinerCounters } from '../../src/simulator/types.ts'
import { pidOf, startNode, stop } from './children.ts'
import type { Options } from '../options.ts'

const SIMULATOR = join(import.meta.dirname, '../../src/simulator')
const INSTRUMENT = join(import.meta.dirname, 'instrument.ts')
/** More miners do not make the measured delays more accurate. */
const MOST_CLOCKS = 200
const SAMPLES_PER_CLOCK = 3

type MinerSummary = Pick<MinerCounters, 'mac' | 'ip'> & { address: string; profile: string }
export type Fleet = Awaited<ReturnType<typeof startFleet>>

/** A part of the fleet in its own process, with its own addresses and MACs. */
interface FleetPart {
  name: string
  devices: number
  firstAddress: string
  seed: number
}

/** Starts the simulator as a separate process. @returns functions of its control API */
export async function startFleet(options: Options, directory: string, part: Partial<FleetPart> = {}) {
  const { name = 'fleet', devices = options.devices, firstAddress = '127.0.1.1', seed = 1 } = part
  const arpTableFile = join(directory, `${name}.arp`)
  const args = ['--import', INSTRUMENT, 'main.ts', '--port', '0', '--control-port', '0', '--arp-table', arpTableFile]
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
    throw new Error(`the simulator refused ${method} ${path}: ${await answer.body.text()}`)
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
  throw new Error('the simulator ended before it listened')
}

/**
 * Returns the start times of miners by MAC, ms since the epoch. Only miners that report the milliseconds since their start
 * (`hashRateTimestamp`, AXEOS.md 2.1) are included: with the start time, each of their answers has an absolute time.
 */
export async function clocksOf(fleet: Fleet): Promise<Record<string, number>> {
  const examples = new Map(fleet.miners.map((miner) => [miner.profile, miner.mac]))
  const reporting = new Set<string>()
  for (const [profile, mac] of examples) if ('hashRateTimestamp' in (await fleet.info(mac))) reporting.add(profile)
  const miners = fleet.miners.filter(({ profile }) => reporting.has(profile)).slice(0, MOST_CLOCKS)
  const clocks: Record<string, number> = {}
  for (const { mac } of miners) clocks[mac] = await startTimeOf(fleet, mac)
  return clocks
}

/** Estimates a start time: the answer was created between request and response, and several samples narrow the range. */
async function startTimeOf(fleet: Fleet, mac: string): Promise<number> {
  let earliest = -Infinity
  let latest = Infinity
  for (let sample = 0; sample < SAMPLES_PER_CLOCK; sample++) {
    const requestedAt = Date.now()
    const age = Number((await fleet.info(mac))['hashRateTimestamp'])
    earliest = Math.max(earliest, requestedAt - age)
    latest = Math.min(latest, Date.now() - age)
  }
  return (earliest + latest) / 2
}
