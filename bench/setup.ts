import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startBackend, type Backend, type BackendOptions } from './processes/backend.ts'
import type { Fleet } from './processes/fleet.ts'
import { imprintAll } from './imprint.ts'
import type { Options } from './options.ts'
import { progress } from './report/report.ts'
import { openFilesLimit } from './measures/proc.ts'
import { UsageError } from '../src/cli/command.ts'

/** Open files of a process besides its miners: the store, client sockets and others. */
const OTHER_FILES = 600

/** @throws {UsageError} the limit on open files is too low for this many connections */
export function checkLimits({ devices, sizes }: Options): void {
  const needed = Math.max(devices, ...sizes) + OTHER_FILES
  const limit = openFilesLimit()
  if (limit < needed)
    throw new UsageError(
      `--devices: ${needed} open files are needed, but only ${limit} are allowed: raise "ulimit -Hn" first`
    )
}

/** Starts a backend with an empty store, imprints all miners, and returns after the warm-up, when all are online. */
export async function startPolling(
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
