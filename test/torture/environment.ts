import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
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

/** Creates a directory that is removed when the part ends. */
export function temporaryDirectory(context: Context): string {
  const directory = mkdtempSync(join(tmpdir(), 'pluto-torture-'))
  context.teardown(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Starts a fleet with all firmware versions, closed when the part ends. `reach` has the settings with which a backend finds it. */
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

/** Starts the backend as a process with the heap probe, and waits until it listens. */
export async function startBackend(context: Context, env: Record<string, string>): Promise<Running> {
  const settings = { ...LIMITS, DEVICE_NETWORKS: '127.0.0.0/8', NODE_OPTIONS: `--expose-gc --import ${PROBE}`, ...env }
  const backend = new Backend(context, settings)
  const client = createClient(await backend.url(), context.watch)
  context.teardown(() => client.close())
  return { backend, client, pid: backend.child.pid ?? 0 }
}

/** Whether a log line is from the heap probe. */
export const isProbe = (line: string): boolean => line.startsWith('{"probe":')

/** Removes the new log lines from the buffer, searches them for secrets, and returns them. */
export function drainLog({ watch }: Context, { backend }: Running): string[] {
  const all = backend.lines.splice(0)
  const lines = all.filter((line) => !isProbe(line))
  backend.lines.push(...all.filter(isProbe))
  for (const line of lines) watch.search('log lines', 'of the backend', line)
  return lines
}

/** Stops a backend and searches its log for secrets. */
export async function stop(context: Context, running: Running, signal: NodeJS.Signals): Promise<number | null> {
  const code = await running.backend.stop(signal)
  drainLog(context, running)
  await running.client.close()
  return code
}

/** Has the backend discover and imprint miners. */
export async function imprintAll(client: Client, macs: string[], limitMs = 120_000): Promise<void> {
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

/** Returns the imprinted devices by MAC, without `info`. */
export async function devicesOf(client: Client): Promise<Map<string, Device>> {
  const devices = await client.get<Device[]>('/devices/imprint?fields=ip,type,presetUuid,state,tracing,error,createdAt')
  return new Map(devices.map((device) => [device.mac, device]))
}

/** Waits until all of these devices are online. @returns the time that took, ms */
export async function untilOnline(client: Client, macs: readonly string[], limitMs: number): Promise<number> {
  const startedAt = performance.now()
  await until(
    `${macs.length} devices are online`,
    async () => {
      const devices = await devicesOf(client)
      return macs.every((mac) => devices.get(mac)?.state === 'online')
    },
    limitMs
  )
  return performance.now() - startedAt
}

/** Number of open file descriptors of a process. */
export const descriptorsOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length
