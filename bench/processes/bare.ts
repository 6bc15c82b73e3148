import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BareOptions } from './bare-loop.ts'
import { pidOf, startNode, stop } from './children.ts'
import type { Fleet } from './fleet.ts'
import { call } from './ipc.ts'
import type { Options } from '../options.ts'
import { progress } from '../report/report.ts'
import { measure, type Window } from '../measures/window.ts'

/** Starts the bare loop, which sends the polls that are due every `tickMs`. It needs a warm-up. */
export async function startBare(fleet: Fleet, { intervalMs }: Options, tickMs: number) {
  const child = startNode([join(import.meta.dirname, 'bare-loop.ts')], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc']
  })
  const addresses = fleet.miners.map(({ address }) => address)
  await call(child, 'poll', { addresses, intervalMs, tickMs } satisfies BareOptions)
  return { name: `bare loop, ticks of ${tickMs} ms`, pid: pidOf(child), stop: () => stop(child) }
}

/** Waits until a new process has reached its full speed. */
export async function warmUp({ intervalMs, warmupSeconds }: Options): Promise<void> {
  await sleep(intervalMs + warmupSeconds * 1000)
}

/** Measures only the bare loop on the fleet. */
export async function measureBare(fleet: Fleet, options: Options, tickMs: number): Promise<Window> {
  const bare = await startBare(fleet, options, tickMs)
  progress(bare.name)
  await warmUp(options)
  const window = await measure(fleet, bare.pid, options.seconds, options.intervalMs)
  await bare.stop()
  return window
}
