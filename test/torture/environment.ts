import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Device } from '../../schemas/device.ts'
import { startSimulator } from '../../src/simulator/simulator.ts'
import type { SimulatorOptions } from '../../src/simulator/types.ts'
import { until } from '../helper.ts'
import { Backend } from '../support/process.ts'
import { createClient, isAcknowledged, type Client } from './client.ts'
import type { Context } from './part.ts'

const PROBE = new URL('measures/heap-probe.ts', import.meta.url).pathname
const LIMITS = { RATE_LIMIT_READS: '1000000', RATE_LIMIT_WRITES: '1000000', RATE_LIMIT_DENIED: '1000000' }

/** A directory of its own; gone when the part ends. */
export function temporaryDirectory(context: Context): string {
  const directory = mkdtempSync(join(tmpdir(), 'pluto-torture-'))
  context.teardown(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** A fleet of simulated miners of all firmware; gone when the part ends. `reach` is what a backend needs to find it. */
export async function simulate(context: Context, options: Partial<SimulatorOptions>) {
  const ARP_TABLE_FILE = join(temporaryDirectory(context), 'arp')
  const given = { seed: context.seed, arpTableFile: ARP_TABLE_FILE, leakWifiPass: true, ...options }
  const fleet = await startSimulator(given)
  context.teardown(() => fleet.close())
  const DISCOVERY_NETWORKS = fleet.miners.map(({ address }) => address).join(',')
  return { fleet, reach: { DISCOVERY_NETWORKS, ARP_TABLE_FILE } }
}

export interface Running {
  backend: Backend
  client: Client
  pid: number
}

/** Starts the backend as a process, with the collector of garbage at hand, and waits until it listens. */
export async function startBackend(context: Context, env: Record<string, string>): Promise<Running> {
  const settings = { ...LIMITS, DEVICE_NETWORKS: '127.0.0.0/8', NODE_OPTIONS: `--expose-gc --import ${PROBE}`, ...env }
  const backend = new Backend(context, settings)
  const client = createClient(await backend.url(), context.watch)
  context.teardown(() => client.close())
  return { backend, client, pid: backend.child.pid ?? 0 }
}

/** Whether a line is from the probe in the backend. */
export const isProbe = (line: string): boolean => line.startsWith('{"probe":')

/** Takes the log lines that have come since, and searches them for secrets. */
export function drainLog({ watch }: Context, { backend }: Running): string[] {
  const all = backend.lines.splice(0)
  const lines = all.filter((line) => !isProbe(line))
  backend.lines.push(...all.filter(isProbe))
  for (const line of lines) watch.look('log lines', 'of the backend', line)
  return lines
}

/** Ends a backend; what it has logged is searched. */
export async function stop(context: Context, running: Running, signal: NodeJS.Signals): Promise<number | null> {
  const code = await running.backend.stop(signal)
  drainLog(context, running)
  await running.client.close()
  return code
}

/** Has miners discovered and imprinted. */
export async function adopt(client: Client, macs: string[], limitMs = 120_000): Promise<void> {
  await until(
    'every miner is discovered and imprinted',
    async () => {
      await client.send('GET', '/devices/discover')
      const answer = await client.send('PUT', '/devices/imprint', { macs })
      return isAcknowledged(answer) && (answer.body as { data: unknown[] }).data.length === macs.length
    },
    limitMs
  )
}

/** The imprinted devices by their MACs, without their `info`. */
export async function devicesOf(client: Client): Promise<Map<string, Device>> {
  const devices = await client.get<Device[]>('/devices/imprint?fields=ip,type,presetUuid,state,tracing,error,createdAt')
  return new Map(devices.map((device) => [device.mac, device]))
}

/** Waits until all of these devices are online. @returns how long that took, ms */
export async function untilOnline(client: Client, macs: readonly string[], limitMs: number): Promise<number> {
  const begun = performance.now()
  await until(
    `${macs.length} devices are online`,
    async () => {
      const devices = await devicesOf(client)
      return macs.every((mac) => devices.get(mac)?.state === 'online')
    },
    limitMs
  )
  return performance.now() - begun
}

/** Open file descriptors of a process. */
export const descriptorsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length

/** Resident memory of a process, MB. */
export function residentMegabytes(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) / 1024
}
