import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startBackend, type Backend, type BackendOptions } from './processes/backend.ts'
import type { Fleet } from './processes/fleet.ts'
import { imprintAll } from './imprint.ts'
import type { Options } from './options.ts'
import { progress } from './report/progress.ts'
import { openFilesLimit } from './measures/proc.ts'

/** What a process has open beside its miners: files, sockets of clients, the store. */
const OTHER_FILES = 600

/** @throws RangeError when this machine's limits do not allow so many connections */
export function checkLimits({ devices, sizes }: Options): void {
  const needed = Math.max(devices, ...sizes) + OTHER_FILES
  const limit = openFilesLimit()
  if (limit < needed)
    throw new RangeError(`--devices: ${needed} open files are needed and ${limit} allowed: raise "ulimit -Hn" before`)
}

/** Starts a backend with an empty store, and gives it when all miners are imprinted, online and polled for a while. */
export async function startWatching(
  given: Omit<BackendOptions, 'dataDir'> & { options: Options; fleets: Fleet[] },
  name = 'data'
): Promise<Backend> {
  const { options, fleets, directory } = given
  const backend = await startBackend({ ...given, dataDir: join(directory, name) })
  const macs = fleets.flatMap((fleet) => fleet.miners.map((miner) => miner.mac))
  progress(`imprinting ${macs.length} miners`)
  await imprintAll(backend, macs, options.intervalMs)
  progress(`all online, warming up for ${options.warmupSeconds} s`)
  await sleep(options.warmupSeconds * 1000)
  return backend
}
