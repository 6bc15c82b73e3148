import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BareOptions } from './bare-loop.ts'
import { pidOf, startNode, stop } from './children.ts'
import type { Fleet } from './fleet.ts'
import { tell } from './ipc.ts'
import type { Options } from '../options.ts'
import { progress } from '../report/progress.ts'
import { measure, type Window } from '../measures/window.ts'

/** Starts the bare loop, which releases what is due every `tickMs`. It is warm a while after. */
export async function startBare(fleet: Fleet, { intervalMs }: Options, tickMs: number) {
  const child = startNode([join(import.meta.dirname, 'bare-loop.ts')], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc']
  })
  const addresses = fleet.miners.map(({ address }) => address)
  await tell(child, 'poll', { addresses, intervalMs, tickMs } satisfies BareOptions)
  return { name: `bare loop, ticks of ${tickMs} ms`, pid: pidOf(child), stop: () => stop(child) }
}

/** Gives what was just started time to become as fast as it gets. */
export async function warmUp({ intervalMs, warmupSeconds }: Options): Promise<void> {
  await sleep(intervalMs + warmupSeconds * 1000)
}

/** Measures the bare loop alone against the fleet. */
export async function measureBare(fleet: Fleet, options: Options, tickMs: number): Promise<Window> {
  const bare = await startBare(fleet, options, tickMs)
  progress(bare.name)
  await warmUp(options)
  const window = await measure(fleet, bare.pid, options.seconds, options.intervalMs)
  await bare.stop()
  return window
}
