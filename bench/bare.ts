import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { BareOptions } from './bare-loop.ts'
import { pidOf, startNode, stop } from './children.ts'
import type { Fleet } from './fleet.ts'
import { tell } from './ipc.ts'
import type { Options } from './options.ts'
import { progress } from './progress.ts'
import { measure, type Window } from './window.ts'

/** Measures the bare loop, which releases what is due every `tickMs`, against the same fleet. */
export async function measureBare(fleet: Fleet, options: Options, tickMs: number): Promise<Window> {
  const { intervalMs, warmupSeconds, seconds } = options
  progress(`bare loop, ticks of ${tickMs} ms`)
  const child = startNode([join(import.meta.dirname, 'bare-loop.ts')], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc']
  })
  const addresses = fleet.miners.map(({ address }) => address)
  await tell(child, 'poll', { addresses, intervalMs, tickMs } satisfies BareOptions)
  await sleep(intervalMs + warmupSeconds * 1000)
  const window = await measure(fleet, pidOf(child), seconds, intervalMs)
  await stop(child)
  return window
}
