import { join } from 'node:path'
import { startNode, stop } from './children.ts'
import { ask, tell } from './ipc.ts'
import type { ViewerFigures, Watchers } from './viewers-process.ts'

/** Opens Socket.IO clients in a process of their own, so that their work does not count as anybody else's. */
export async function openViewers(watchers: Watchers) {
  const script = join(import.meta.dirname, 'viewers-process.ts')
  const child = startNode([script], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  await tell(child, 'open', watchers)
  return {
    reset: () => tell(child, 'reset'),
    figures: () => ask<ViewerFigures>(child, 'figures'),
    close: () => stop(child)
  }
}
