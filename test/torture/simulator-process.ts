import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { request } from 'undici'
import type { Counters } from '../../src/simulator/types.ts'
import type { Context } from './part.ts'
import { temporaryDirectory } from './environment.ts'

const MAIN = new URL('../../src/simulator/main.ts', import.meta.url).pathname

/** Starts a fleet in a separate process, whose miners answer in time even when this process is busy. */
export async function startSimulatorProcess(context: Context, devices: number) {
  const ARP_TABLE_FILE = join(temporaryDirectory(context), 'arp')
  const options = { devices, port: 0, 'control-port': 0, seed: context.seed, latency: 5, 'arp-table': ARP_TABLE_FILE }
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  child.once('exit', (code, signal) => context.progress(`the simulator ended with ${code ?? signal}`))
  context.teardown(() => child.kill('SIGKILL'))
  const url = await controlUrl(child.stdout, once(child, 'exit'))
  // Each request has its own connection: a kept one may be closed before the next request.
  const ask = async (path: string, method: 'GET' | 'POST' = 'GET') =>
    (await request(`${url}${path}`, { method, reset: true })).body.json()
  const fleet = (await ask('/fleet')) as { mac: string; address: string }[]
  const DISCOVERY_NETWORKS = fleet.map(({ address }) => address).join(',')

  return {
    macs: fleet.map(({ mac }) => mac),
    /** Settings with which a backend finds the fleet. */
    reach: { DISCOVERY_NETWORKS, ARP_TABLE_FILE },
    resetCounters: () => ask('/counters/reset', 'POST'),

    /** Times between two polls of a miner, ms. @param intervalMs the expected time */
    async intervals(intervalMs: number) {
      const { intervals } = (await ask(`/counters?intervalMs=${intervalMs}`)) as Counters
      const { count, p99, max, missed } = intervals
      return { count, p99: p99 ?? 0, max: max ?? 0, missed }
    }
  }
}

async function controlUrl(output: NodeJS.ReadableStream, ended: Promise<unknown>): Promise<string> {
  const announced = (async () => {
    for await (const line of createInterface({ input: output })) {
      const url = /^Control: (\S+?)\/?$/.exec(line)?.[1]
      if (url) return url
    }
    return null
  })()
  const url = await Promise.race([announced, ended.then(() => null)])
  if (url === null) throw new Error('the simulator ended before it listened')
  return url
}
