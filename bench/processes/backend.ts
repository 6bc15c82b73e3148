import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'undici'
import { hasEnded, pidOf, startNode, stop } from './children.ts'
import type { Program } from './compile.ts'
import type { Fleet } from './fleet.ts'
import type { LoopDelay } from './instrument.ts'
import { call } from './ipc.ts'
import type { Options } from '../options.ts'

const INSTRUMENT = join(import.meta.dirname, 'instrument.ts')
const READY_LIMIT_MS = 60_000
const CHECK_EVERY_MS = 5

export const HERE = join(import.meta.dirname, '../..')
export type Backend = Awaited<ReturnType<typeof startBackend>>

export interface BackendOptions {
  options: Options
  fleets: Fleet[]
  /** Directory for its log and its copy of the ARP table. */
  directory: string
  dataDir: string
  /** The tree to run: from source unless `program` is a compiled one. */
  root?: string
  program?: Program
  nodeArgs?: string[]
}

/** The program that `npm start` runs in a tree. */
function sourcesOf(root: string): Program {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: { start: string } }
  return { flags: scripts.start.match(/--(max|no|heap)-\S+/g) ?? [], instrument: INSTRUMENT, main: 'src/server.ts' }
}

/** Starts the backend as a separate process and waits until it is ready. `startMs` is the time that took. */
export async function startBackend({
  options,
  fleets,
  directory,
  dataDir,
  root = HERE,
  program = sourcesOf(root),
  nodeArgs = []
}: BackendOptions) {
  const arpTableFile = join(directory, 'backend.arp')
  writeFileSync(arpTableFile, fleets.map((fleet) => readFileSync(fleet.arpTableFile, 'utf8')).join(''))
  const port = await freePort()
  const env = {
    NODE_ENV: 'production',
    PORT: String(port),
    DATA_DIR: dataDir,
    LOG_LEVEL: 'info',
    POLL_INTERVAL_MS: String(options.intervalMs),
    TELEMETRY_FLUSH_MS: String(options.flushMs),
    DEVICE_NETWORKS: '127.0.0.0/8',
    DISCOVERY_NETWORKS: fleets.map((fleet) => fleet.networks).join(','),
    DISCOVERY_MDNS: 'false',
    ARP_TABLE_FILE: arpTableFile,
    RATE_LIMIT_READS: '1000000',
    RATE_LIMIT_WRITES: '1000000',
    ...options.settings
  }
  const logFile = join(directory, 'backend.log')
  const log = openSync(logFile, 'a')
  const startedAt = performance.now()
  const args = [...program.flags, ...nodeArgs, '--import', program.instrument, program.main]
  const child = startNode(args, { cwd: root, env, stdio: ['ignore', log, log, 'ipc'] })
  closeSync(log)
  const url = `http://127.0.0.1:${port}`
  await waitUntilReady()

  async function waitUntilReady(): Promise<void> {
    while (performance.now() - startedAt < READY_LIMIT_MS) {
      const answer = await request(`${url}/readyz`).catch(() => null)
      await answer?.body.dump()
      if (answer?.statusCode === 200) return
      if (hasEnded(child)) break
      await sleep(CHECK_EVERY_MS)
    }
    throw new Error(
      `the backend did not become ready:\n${readFileSync(logFile, 'utf8').split('\n').slice(-10).join('\n')}`
    )
  }

  return {
    url,
    dataDir,
    pid: pidOf(child),
    startMs: performance.now() - startedAt,
    /** Starts to monitor its event loop. */
    watchLoop: () => call(child, 'watchLoop'),
    /** Stops monitoring. @returns the delays of the event loop, ms */
    loopDelay: () => call<LoopDelay>(child, 'loopDelay'),
    profile: () => call(child, 'profile'),
    writeProfile: (file: string) => call(child, 'writeProfile', file),
    stop: () => stop(child)
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}
